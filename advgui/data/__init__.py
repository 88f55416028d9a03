"""The data: CIFAR-10 on the disk or downloaded, and folders of your own pictures."""
