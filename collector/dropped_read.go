package collector

import (
	"fmt"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// redact makes what the batch remembers of dropped values fit to be shown. Most reads drop nothing, and need no secrets for that.
func redact(b *metric.Batch, client *transport.Client) {
	if b.HasDroppedTexts() {
		b.Redact(client.Redactor())
	}
}

// lossFailure returns why a read fails that was answered: a family of which every value was dropped; nil if there is none. The batch is redacted.
func lossFailure(b *metric.Batch, vendor, source string) error {
	lost, ok := b.Lost()
	if !ok {
		return nil
	}
	return &transport.Error{
		Vendor: vendor, Endpoint: source, Kind: transport.Malformed,
		Err:    fmt.Errorf("no value of %s can be used, the first is %s", lost.Family, lost),
		Advice: "if the vendor has changed its format, please report it",
	}
}

// droppedTexts returns the values as one text for the log.
func droppedTexts(values []metric.DroppedValue) string {
	texts := make([]string, len(values))
	for i, d := range values {
		texts[i] = d.String()
	}
	return strings.Join(texts, "; ")
}
