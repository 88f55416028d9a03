"""Training the classifier and the autoencoders; every run can be resumed after a kill."""
