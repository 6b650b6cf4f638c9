package sensorsdata

import (
	"bufio"
	"io"
	"iter"
	"net/http"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

const contentType = "application/json;charset=UTF-8"

func jsonAnswer(value any) core.Answer {
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Body: core.Encode(value)}
}

// errorAnswer is an error. The document shows none; its usual text is that of the HTTP status.
func errorAnswer(status int, message string) core.Answer {
	if message == "" {
		message = http.StatusText(status)
	}
	return core.Answer{Status: status, ContentType: contentType, Body: core.Encode(core.Object{{"error", message}})}
}

// stream is an answer that may be too large to be held: rule trees run to hundreds of kilobytes a tag.
func stream(value any) core.Answer {
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Stream: func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := writeJSON(b, value); err != nil {
			return err
		}
		return b.Flush()
	}}
}

// jsonStreamer is a value that writes itself.
type jsonStreamer interface{ streamJSON(w io.Writer) error }

// writeJSON writes objects and sequences of them piece by piece, and what they hold too.
func writeJSON(w io.Writer, value any) error {
	switch value := value.(type) {
	case jsonStreamer:
		return value.streamJSON(w)
	case core.Object:
		for i, m := range value {
			if _, err := io.WriteString(w, separator(i, "{")+string(core.Encode(m.Name()))+":"); err != nil {
				return err
			}
			if err := writeJSON(w, m.Value()); err != nil {
				return err
			}
		}
		return closeJSON(w, len(value), "{", "}")
	case iter.Seq[core.Object]:
		n := 0
		for item := range value {
			if _, err := io.WriteString(w, separator(n, "[")); err != nil {
				return err
			}
			if err := writeJSON(w, item); err != nil {
				return err
			}
			n++
		}
		return closeJSON(w, n, "[", "]")
	default:
		_, err := w.Write(core.Encode(value))
		return err
	}
}

// separator is what stands before the part with a number.
func separator(i int, begin string) string {
	if i == 0 {
		return begin
	}
	return ","
}

// closeJSON ends what has so many parts, and begins it if there is none.
func closeJSON(w io.Writer, parts int, begin, end string) error {
	if parts == 0 {
		end = begin + end
	}
	_, err := io.WriteString(w, end)
	return err
}
