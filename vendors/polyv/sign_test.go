package polyv_test

import (
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

func TestSign(t *testing.T) {
	for _, test := range []struct {
		name  string
		query url.Values
		want  string
	}{
		{
			"documented",
			url.Values{
				"ptime": {"1492591990000"}, "vid": {"382839019131be68715e9455f8d0971a_3"}, "format": {"json"},
			},
			"50BF9B165630A8047EB1D17D95A469CC51FF754E",
		},
		{
			"what is empty is not signed",
			url.Values{
				"ptime": {"1492591990000"}, "vid": {"382839019131be68715e9455f8d0971a_3"}, "format": {"json"},
				"dr": {""}, "a": nil, "z": {""},
			},
			"50BF9B165630A8047EB1D17D95A469CC51FF754E",
		},
		{ // printf %s 'a=1 2&b=上海tIQp4ATe9Z' | sha1sum
			"values are signed as they are, not as the URL writes them",
			url.Values{"b": {"上海"}, "a": {"1 2"}},
			"5D5549A37BAC15A40E1598FE4059451BF53B7231",
		},
		{ // printf %s tIQp4ATe9Z | sha1sum
			"no parameters", nil, "1C2F8582D58DC230DBA65A4715573609282CD7CD",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := polyv.Sign(test.query, "tIQp4ATe9Z"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

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
