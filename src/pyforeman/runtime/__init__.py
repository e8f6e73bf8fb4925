"""Every system call of the project: facts become events, actions become calls."""
