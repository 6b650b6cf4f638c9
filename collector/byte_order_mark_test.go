package collector_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// marking is an API that writes a byte order mark before each body.
type marking struct{ api *api }

func (m marking) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.api.RoundTrip(r)
	if err == nil && r.Method != http.MethodHead {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader("\ufeff"), resp.Body), resp.Body}
	}
	return resp, err
}

func TestByteOrderMarkChangesNothing(t *testing.T) {
	for _, tt := range []struct {
		name, clock, yaml string
		api               func(t *testing.T) *api
	}{
		{"getui", noon, "getui:\n  - account: shop\n    app_id: APP\n    app_key: K3y-planted\n    master_secret: M4ster-planted\n" + everyKey, documented},
		{"polyv", noon, "polyv:\n  - {account: academy, user_id: U1, secret_key: S3cret-planted}\n",
			func(*testing.T) *api { return polyvAPI() }},
		{"adspect", noon, "adspect:\n  - account: media\n    api_key: K3y-planted\n" + everyAdspectEndpoint, func(*testing.T) *api { return adspectAPI() }},
		{"sensorsdata", noon, "sensorsdata:\n  - account: ebiz\n    base_url: https://ebiz.example\n    api_secret: S3cret-planted\n" + sensorsdataKeys, func(*testing.T) *api { return sensorsdataAPI() }},
		{"quanshi", quanshiNoon, "quanshi:\n  - account: events\n    app_key: K3y-planted\n    app_secret: S3cret-planted\n" + quanshiKeys, func(*testing.T) *api { return quanshiAPI() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pages := make(map[bool]string)
			log := ""
			for _, marked := range []bool{false, true} {
				at(t, tt.clock, func(t *testing.T) {
					var vendor http.RoundTripper = tt.api(t)
					if marked {
						vendor = marking{tt.api(t)}
					}
					e := newExporterOf(t, vendor, tt.yaml)
					pages[marked] = e.scrape(time.Minute).text(t)
					log = e.log.String()
				})
			}
			if diff := cmp.Diff(pages[false], pages[true]); diff != "" {
				t.Errorf("the page differs (−without, +with the mark):\n%s", diff)
			}
			for line := range strings.Lines(pages[true]) {
				if strings.HasPrefix(line, "engage_endpoint_failing{") {
					t.Errorf("an endpoint fails: %sthe log:\n%s", line, log)
				}
			}
		})
	}
}
