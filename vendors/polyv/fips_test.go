package polyv_test

import (
	"os"
	"os/exec"
	"testing"
)

// Where Go refuses SHA-1 as a security function, the vendor's signature, which has no choice, is made all the same.
func TestSignatureWithApprovedFunctionsOnly(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestSign$")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
	if os.Getenv("GODEBUG") == "fips140=only" {
		return // this is that process
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
