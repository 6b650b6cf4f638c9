package quanshi

import (
	"encoding/json"
	"math"
	"strconv"
)

// body is the body of a request. Members that the document does not know are no matter.
type body map[string]any

// latest is beyond every time in seconds: larger numbers are milliseconds, and a mistake.
const latest = 100_000_000_000

func invalid(name string) error {
	return apiError{badParameter, "Invalid parameter: " + name}
}

// number reads what the document calls an Int or a Long, and says whether it is there at all; null is not.
func (b body) number(name string, low, high int64) (n int64, there bool, err error) {
	value := b[name]
	if value == nil {
		return 0, false, nil
	}
	digits, ok := value.(json.Number)
	if !ok {
		return 0, true, invalid(name)
	}
	n, err = strconv.ParseInt(digits.String(), 10, 64)
	if err != nil || n < low || n > high {
		return 0, true, invalid(name)
	}
	return n, true, nil
}

// required reads a number that has to be there.
func (b body) required(name string, low, high int64) (int64, error) {
	n, there, err := b.number(name, low, high)
	if err == nil && !there {
		err = apiError{badParameter, name + " is required"}
	}
	return n, err
}

// span reads startTime and endTime, in seconds, both included.
func (b body) span() (from, to int64, err error) {
	from, _, err = b.number("startTime", 0, latest)
	if err != nil {
		return 0, 0, err
	}
	to, there, err := b.number("endTime", 0, latest)
	if err != nil {
		return 0, 0, err
	}
	if !there {
		to = math.MaxInt64
	}
	if from > to {
		return 0, 0, apiError{badParameter, "startTime is after endTime"}
	}
	return from, to, nil
}

// id reads what the document shows as a number here and as a text there.
func (b body) id(name string) (id int64, there bool, err error) {
	text, ok := b[name].(string)
	if !ok {
		return b.number(name, 1, math.MaxInt64)
	}
	id, err = strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, true, invalid(name)
	}
	return id, true, nil
}
