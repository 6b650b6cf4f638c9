package testkit

import "syscall"

// endWithTests returns attributes that end a process with the tests, also if the tests are killed.
func endWithTests() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
