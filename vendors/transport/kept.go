package transport

import "fmt"

// elementBytes is what one element of a list counts as beside its texts.
const elementBytes = 256

const adviceTooLarge = "ask for less, or raise max_response_bytes"

// Kept counts what is kept of one answer, or of all pages of one list, and bounds it by
// [Options.MaxResponseBytes]. What an answer holds and nobody keeps does not count.
type Kept struct {
	bytes, most int64
}

// NewKept returns a count that begins at nothing.
func (c *Client) NewKept() *Kept { return &Kept{most: c.maxResponseBytes} }

// Add counts one element of a list, with its texts. The error is TooLarge and names the list.
func (k *Kept) Add(list string, texts ...string) error {
	return k.AddSized(list, elementBytes, texts...)
}

// Limit returns how many bytes may be kept.
func (k *Kept) Limit() int64 { return k.most }

// AddSized counts one element of a list that takes so many bytes beside its texts.
func (k *Kept) AddSized(list string, bytes int64, texts ...string) error {
	k.bytes += bytes
	for _, t := range texts {
		k.bytes += int64(len(t))
	}
	if k.bytes <= k.most {
		return nil
	}
	return &Error{
		Kind: TooLarge,
		Err: fmt.Errorf("%s: too many elements, or too long ones: each counts as %d bytes and its texts, all together may take %d",
			list, bytes, k.most),
		Advice: adviceTooLarge,
	}
}
