package core

import (
	"fmt"
	"strings"
)

// List returns values as a list in YAML.
func List[T any](values []T) string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
