package web

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressed compresses the answers of next with gzip or zstd, as the client asks for.
func compressed(next http.Handler) http.Handler { return gzhttp.GzipHandler(next) }
