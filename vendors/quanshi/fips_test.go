package quanshi_test

import (
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// Where Go refuses SHA-1 as a security function, the vendor's checksum, which has no choice, is made all the same.
func TestCheckSumWithApprovedFunctionsOnly(t *testing.T) {
	if os.Getenv("GODEBUG") != "fips140=only" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCheckSumWithApprovedFunctionsOnly$")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	sum := ""
	_ = list(t.Context(), client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
		sum = r.Header.Get("CheckSum")
		return vendortest.Response(r, http.StatusServiceUnavailable, nil, http.NoBody, 0), nil
	})))
	if len(sum) != 40 {
		t.Errorf("sent the checksum %q, want 40 digits", sum)
	}
}
