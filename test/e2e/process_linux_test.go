package e2e

import "syscall"

// endsWithTests lets a process end with the tests, also where these are killed.
func endsWithTests() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
