"""Networks: architectures, trained files, and what guards them. All of TensorFlow but training is here."""
