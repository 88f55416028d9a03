"""Evaluations on several machines: what is to be done is cut into shards, and Ray runs them where there is room.

Ray is an optional extra; only `advgui.cluster.engine` imports it.
"""
