"""Randomized smoothing: classes by vote over noisy copies of an image, and a radius that no attack can change them in.

Cohen, Rosenfeld and Kolter, *Certified adversarial robustness via randomized smoothing*, ICML 2019; with a denoiser in
front of the classifier: Salman et al., *Denoised smoothing: a provable defense for pretrained classifiers*, NeurIPS
2020.
"""
