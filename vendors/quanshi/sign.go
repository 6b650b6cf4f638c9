package quanshi

import (
	"crypto/fips140"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // It is what Quanshi's checksum is made of.
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// signature is what proves who sends a request, and when.
type signature struct {
	nonce    string
	curTime  string // ms
	checkSum string
}

// sign makes the signature of a request that is sent at the given time, with a nonce that no
// other has.
func sign(appSecret string, at time.Time) signature {
	s := signature{nonce: rand.Text(), curTime: strconv.FormatInt(at.UnixMilli(), 10)}
	s.checkSum = checkSum(appSecret, s.nonce, s.curTime)
	return s
}

// checkSum returns the lower-case hex SHA-1 of the three texts.
func checkSum(appSecret, nonce, curTime string) string {
	var sum [sha1.Size]byte
	fips140.WithoutEnforcement(func() { sum = sha1.Sum([]byte(appSecret + nonce + curTime)) }) //nolint:gosec // See above.
	return hex.EncodeToString(sum[:])
}

// header returns the header of a signed request.
func (s signature) header(appKeyHeader, appKey string) http.Header {
	h := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	h.Set(appKeyHeader, appKey)
	h.Set("Nonce", s.nonce)
	h.Set("CurTime", s.curTime)
	h.Set("CheckSum", s.checkSum)
	return h
}
