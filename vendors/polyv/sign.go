package polyv

import (
	"crypto/fips140"
	"crypto/sha1" //nolint:gosec // It is what Polyv's signature is made of.
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// sign returns the signature of a query: the upper-case hex SHA-1 of its parameters that are
// not empty, sorted by name and joined as name=value with &, with the secret key at the end.
// What stands in the path is not signed.
func sign(query url.Values, secret string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(query)) {
		value := query.Get(name)
		if value == "" {
			continue
		}
		if text.Len() > 0 {
			text.WriteByte('&')
		}
		text.WriteString(name + "=" + value)
	}
	var sum [sha1.Size]byte
	fips140.WithoutEnforcement(func() { sum = sha1.Sum([]byte(text.String() + secret)) }) //nolint:gosec // See above.
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
