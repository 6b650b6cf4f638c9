package sensorsdata_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// checkError lets an answer do no more harm than to fail.
func checkError(t *testing.T, err error) {
	t.Helper()
	vendortest.ExpectKind(t, err, transport.Malformed, transport.TooLarge, transport.Rejected, transport.HTTP)
}

// FuzzTags uses any bytes as a list of tags. The tags that come out must be there, and the
// same however the bytes arrive.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{
		tagsDocument, `[` + tagDocument + `]`, `[]`, ``, `[{"id":7,"rule_content_list":[[{"id":8}]],"cname":"标签"},{"id":"8","rule_content_list":null}]`,
		`[{"id":1},{"id":1}]`, `[{"id":1,"id":"2"}]`, "[{\"id\":\"\xff\\ud800\"}]", `[{"id":1}]{}`, `[{"id":1,"rule_content_list":[<html>`, `{"error":"x"}`, `[null]`,
		`[{"id":1,"create_time":1576602026000,"last_partition_info":{"user_count":"1e9","base_time":"2019-12-18"}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		first, err := client(vendortest.Giving(200, answer, false)).Tags(t.Context())
		checkError(t, err)
		slowly, slowErr := client(vendortest.Giving(200, answer, true)).Tags(t.Context())
		got := first.Tags
		if !reflect.DeepEqual(first, slowly) || (err == nil) != (slowErr == nil) {
			t.Fatalf("%v, %v come of it at once, %v, %v slowly", first, err, slowly, slowErr)
		}
		if err != nil {
			if got != nil {
				t.Fatalf("%d tags beside an error", len(got))
			}
			return
		}
		var list []map[string]json.RawMessage
		if err := json.Unmarshal(answer, &list); err != nil {
			t.Fatalf("%d tags come of what is no list of objects: %v", len(got), err)
		}
		if len(got) > len(list) || len(list) > 0 && len(got) == 0 {
			t.Fatalf("%d tags come of %d", len(got), len(list))
		}
		seen := map[string]bool{}
		for _, tag := range got {
			if tag.ID == "" || seen[tag.ID] {
				t.Fatalf("got %q", tag.ID)
			}
			seen[tag.ID] = true
		}
	})
}

// FuzzAnswers uses any bytes as every answer, and for an error.
func FuzzAnswers(f *testing.F) {
	for _, request := range requests {
		f.Add([]byte(request.answer))
	}
	for _, seed := range []string{
		`{"error":{"message":"x","code":1}}`, `{"non_aggregate_result":{"rows":[{"by_value":true,"partition_values":[{"user_count":1}]}]}}`,
		`[{"type":"DIR","id":1,"items":[{"type":"DIR","id":2,"items":[]},{"type":"USER_TAG"}]}]`, `{"size":"7"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, request := range requests {
			checkError(t, request.do(t.Context(), client(vendortest.Giving(200, answer, false))))
			e := failure(t, request.do(t.Context(), client(vendortest.Giving(400, answer, false))), transport.Rejected)
			if len([]rune(e.Message)) > 200 {
				t.Fatalf("a message of %d characters", len([]rune(e.Message)))
			}
		}
	})
}
