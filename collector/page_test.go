package collector_test

import (
	"bytes"
	"testing"

	"github.com/prometheus/common/expfmt"
)

// The accounts' families write themselves as text: exactly as expfmt does, also labels that need escapes, values that
// have an exponent, and counters, whose name is another one in OpenMetrics.
func TestPageText(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, `{"code":0,"data":{"gt":{"a\"b\\c\\n\\":{"total_num":999999,"push_num":1000000,"limit":true,"remain_num":1234567890},`+
			`"}, =\"":{"total_num":0,"push_num":1,"limit":false,"remain_num":123456789012345678}}}}`)
		a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
		a.handle("/adspect/", answering(200, `{"code":0,"error":"","data":{"columns":[],"rows":[]}}`))
		yaml := shops("shop", "", "b", "") + "adspect:\n  - {account: media, api_key: S3cret-planted}\n" +
			"polyv:\n  - {account: a, user_id: U, secret_key: S3cret-planted}\n"
		page := newExporterOf(t, a, yaml).set.Gather(t.Context())
		if len(page) < 15 {
			t.Fatalf("%d families", len(page))
		}
		var got, want bytes.Buffer
		var buffer []byte
		proto := page.Proto()
		for i, f := range page {
			for _, openMetrics := range []bool{false, true} {
				got.Reset()
				want.Reset()
				var err error
				if openMetrics {
					_, err = expfmt.MetricFamilyToOpenMetrics(&want, proto[i])
				} else {
					_, err = expfmt.MetricFamilyToText(&want, proto[i])
				}
				if err != nil {
					t.Fatal(err)
				}
				if buffer, err = f.WriteText(&got, openMetrics, buffer); err != nil {
					t.Fatal(err)
				}
				if got.String() != want.String() {
					t.Errorf("OpenMetrics: %t, got\n%s\nwant\n%s", openMetrics, got.String(), want.String())
				}
			}
		}
	})
}
