"""What should run, as data: text in, frozen values out. No system call below this folder's door."""
