package vendortest

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// ExpectEveryEndpoint compares a list of the tests of a client with the client's constants of the type endpoint, in the
// folder in which the test runs. The list covers the endpoints in covered; those in except need no place in it.
func ExpectEveryEndpoint(t *testing.T, list string, covered []string, except ...string) {
	t.Helper()
	all := endpointConstants(t)
	for _, endpoint := range all {
		if listed := slices.Contains(covered, endpoint); listed == slices.Contains(except, endpoint) {
			if listed {
				t.Errorf("%s has %s, which is one of its exceptions: remove the exception", list, endpoint)
			} else {
				t.Errorf("%s has no %s: add it, so that the cases of all endpoints cover it too", list, endpoint)
			}
		}
	}
	for _, endpoint := range slices.Concat(covered, except) {
		if !slices.Contains(all, endpoint) {
			t.Errorf("%s has %s, but the client has no such endpoint: %q", list, endpoint, all)
		}
	}
}

// EndpointsOfRequests returns the endpoints of requests.
func EndpointsOfRequests(requests []Request) []string {
	var endpoints []string
	for _, r := range requests {
		endpoints = append(endpoints, r.Endpoint)
	}
	return endpoints
}

// EndpointsOfPlaces returns the endpoints that places read: those in the errors of a vendor that cannot be reached.
func EndpointsOfPlaces(t *testing.T, places []Place) []string {
	t.Helper()
	unreachable := RoundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("unreachable") })
	var endpoints []string
	for _, p := range places {
		err, ok := errors.AsType[*transport.Error](p.Read(t.Context(), transport.Options{RoundTripper: unreachable}))
		if !ok {
			t.Fatalf("%s: reading from a vendor that cannot be reached returned no *transport.Error", p.Name)
		}
		endpoints = append(endpoints, err.Endpoint)
	}
	return endpoints
}

// endpointConstants returns the values of the constants of the type endpoint in the current folder, without its tests.
func endpointConstants(t *testing.T) []string {
	t.Helper()
	var all []string
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typed, ok := spec.Type.(*ast.Ident); !ok || typed.Name != "endpoint" {
				return false
			}
			for _, value := range spec.Values {
				literal, ok := value.(*ast.BasicLit)
				if !ok {
					t.Fatalf("%s: want the text of an endpoint in one literal", file)
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, text)
			}
			return false
		})
	}
	if len(all) == 0 {
		t.Fatal("the client has no constant of the type endpoint")
	}
	return all
}
