package adspect

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// maxQueries is how many saved queries an account may have.
const maxQueries = 100

// maxTags is how many tags a stream may have.
const maxTags = 32

// filterLevels are the levels by their number.
var filterLevels = []string{"Off", "Low", "Medium", "High", "Paranoid"}

// streams is GET /streams: a page of those whose name matches, by name.
func (s *server) streams(c *core.Call, _ string) core.Answer {
	q := c.Request.URL.Query()
	if refusal := onlyKnown(q, "page", "per-page", "name"); refusal != nil {
		return *refusal
	}
	var list []core.Object
	for _, stream := range s.sortedStreams() {
		if strings.Contains(strings.ToLower(stream.Name), strings.ToLower(q.Get("name"))) {
			list = append(list, s.streamJSON(stream))
		}
	}
	return s.page(q, list)
}

// streamCount is HEAD /streams.
func (s *server) streamCount(c *core.Call, _ string) core.Answer {
	return count(c.Request.URL.Query(), len(s.account.Streams))
}

// stream is GET /streams/ID.
func (s *server) stream(_ *core.Call, id string) core.Answer {
	i := slices.IndexFunc(s.account.Streams, func(stream Stream) bool { return stream.StreamID == id })
	if i < 0 {
		return errorAnswer(http.StatusNotFound, "object not found: "+id)
	}
	return jsonAnswer(http.StatusOK, s.streamJSON(s.account.Streams[i]))
}

func (s *server) sortedStreams() []Stream {
	return slices.SortedFunc(slices.Values(s.account.Streams), func(a, b Stream) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.StreamID, b.StreamID))
	})
}

// streamJSON writes a stream with the document's keys, and more: real answers have many that it does not name.
func (s *server) streamJSON(stream Stream) core.Object {
	i := slices.IndexFunc(s.account.Streams, func(other Stream) bool { return other.StreamID == stream.StreamID })
	var level any = stream.FilterLevel
	if i%2 == 0 {
		level = filterLevels[stream.FilterLevel]
	}
	pages := make([]core.Object, stream.MoneyPages)
	for p := range pages {
		pages[p] = core.Object{
			{"page", fmt.Sprintf("https://offer%d.example/?clid={clickid}", p+1)}, {"action", "302"},
			{"arg_passthru", true},
			{"weight", 10 * (p + 1)}, {"enabled", true},
		}
	}
	return core.Object{
		{"stream_id", stream.StreamID},
		{"account_id", s.account.AccountID},
		{"name", stream.Name},
		{"tags", stream.Tags},
		{"mode", stream.Mode},
		{"notes", nil},
		{"money_pages", pages},
		{"rotator", "Split"},
		{"safe_pages", []core.Object{{{"page", "safe.html"}, {"action", "local"}, {"arg_passthru", true}}}},
		{"filter_level", level},
		{"enable_fp", !stream.NoFingerprints},
		{"enable_ua", true},
		{"require_unique", false},
		{"require_touch", false},
		{"allow_apps", true},
		{"countries", []string{}},
		{"os", []string{}},
		{"browsers", []string{}},
		{"languages", []string{}},
		{"timezones", []int{}},
		{"tz_match_ip", false},
		{"skipClicks", 0},
		{"cost_parameter", "cost"},
		{"sid_parameter", "zoneid"},
		{"cid_parameter", "clickid"},
		{"url_rules", []core.Object{{{"param", "zoneid"}, {"op", "EXISTS"}, {"arg", nil}, {"enabled", false}}}},
		{"schedule", []core.Object{}},
		{"ip_list_mode", "black"},
		{"created_at", 1_767_225_600 + i},
		{"sharing", core.Object{{"enabled", false}, {"accounts", []string{}}}},
	}
}

// savedQueries is GET /reports.
func (s *server) savedQueries(c *core.Call, _ string) core.Answer {
	q := c.Request.URL.Query()
	if refusal := onlyKnown(q, "page", "per-page"); refusal != nil {
		return *refusal
	}
	list := make([]core.Object, s.account.SavedQueries)
	for i := range list {
		list[i] = s.savedQueryJSON(i)
	}
	return s.page(q, list)
}

// savedQueryCount is HEAD /reports.
func (s *server) savedQueryCount(c *core.Call, _ string) core.Answer {
	return count(c.Request.URL.Query(), s.account.SavedQueries)
}

// savedQuery is GET /reports/ID.
func (s *server) savedQuery(_ *core.Call, id string) core.Answer {
	for i := range s.account.SavedQueries {
		if s.savedQueryID(i) == id {
			return jsonAnswer(http.StatusOK, s.savedQueryJSON(i))
		}
	}
	return errorAnswer(http.StatusNotFound, "object not found: "+id)
}

// savedQueryID is the id of a saved query, which is limited to one stream.
func (s *server) savedQueryID(i int) string {
	n := s.traffic.noise.With("saved query").WithInt(int64(i))
	return fmt.Sprintf("fa4e9000-%04x-4000-8000-%012x", uint64(n.With("middle"))>>48, uint64(n)>>16)
}

func (s *server) savedQueryStream(i int) string {
	return s.account.Streams[i%len(s.account.Streams)].StreamID
}

func (s *server) savedQueryJSON(i int) core.Object {
	none := []string{}
	return core.Object{
		{"query_id", s.savedQueryID(i)}, {"owner_id", s.account.AccountID}, {"date_from", nil}, {"date_to", nil},
		{"time_zone", s.account.Location.String()}, {"group_by", none}, {"account_id", []string{s.account.AccountID}},
		{"stream_id", []string{s.savedQueryStream(i)}}, {"ip_address", none}, {"asn", none}, {"country_code", none},
		{"os", none},
		{"browser", none}, {"engine", none}, {"sub_id", none}, {"click_id", none}, {"mode", none}, {"target", none},
	}
}

// findQuery finds a saved query of any account, and the stream that it is limited to.
func (a *api) findQuery(id string) (owner *server, streamID string, ok bool) {
	for _, server := range a.servers {
		for i := range server.account.SavedQueries {
			if server.savedQueryID(i) == id {
				streamID = server.savedQueryStream(i)
				return server, streamID, true
			}
		}
	}
	return nil, "", false
}

// accountInfo is GET /account: the balance falls through the month.
func (s *server) accountInfo(c *core.Call, _ string) core.Answer {
	if refusal := onlyKnown(c.Request.URL.Query()); refusal != nil {
		return *refusal
	}
	balance, expires := Data{Account: s.account}.Balance(c.Now)
	return jsonAnswer(http.StatusOK, core.Object{
		{"account_id", s.account.AccountID},
		{"timezone", s.account.Location.String()},
		{"balance", fmt.Sprintf("%d.%02d", balance/100, balance%100)},
		{"expires", expires.Unix()},
		{"expires_comsign", expires.AddDate(0, 1, 0).Unix()},
		{"comsign_limit", s.account.ComsignLimit},
		{"comsign_extra_limit", s.account.ComsignExtraLimit},
	})
}

// onlyKnown refuses parameters that the document does not have for an endpoint: what is misspelt would be without
// effect.
func onlyKnown(q url.Values, known ...string) *core.Answer {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(known, name) {
			refusal := errorAnswer(http.StatusBadRequest, "unknown parameter: "+name)
			return &refusal
		}
	}
	return nil
}

// page is one page of a list; beyond the last it is empty.
func (s *server) page(q url.Values, list []core.Object) core.Answer {
	page, perPage, refusal := paging(q)
	if refusal != nil {
		return *refusal
	}
	from := min((page-1)*perPage, len(list))
	to := min(from+perPage, len(list))
	a := jsonAnswer(http.StatusOK, append([]core.Object{}, list[from:to]...))
	if s.account.TotalsInHeadOnly {
		return a
	}
	a.Header = append(totals(len(list), perPage), core.Member{"X-Pagination-Current-Page", page},
		core.Member{"X-Pagination-Per-Page", perPage})
	return a
}

// count is the answer to HEAD: headers alone.
func count(q url.Values, total int) core.Answer {
	if refusal := onlyKnown(q, "per-page"); refusal != nil {
		return *refusal
	}
	_, perPage, refusal := paging(q)
	if refusal != nil {
		return *refusal
	}
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Header: totals(total, perPage)}
}

func totals(total, perPage int) core.Object {
	return core.Object{{"X-Pagination-Total-Count", total},
		{"X-Pagination-Page-Count", (total + perPage - 1) / perPage}}
}

func paging(q url.Values) (page, perPage int, refusal *core.Answer) {
	number := func(name string, fallback, most int) int {
		if !q.Has(name) {
			return fallback
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 1 || n > most {
			bad := errorAnswer(http.StatusBadRequest, "invalid value of "+name)
			refusal = &bad
		}
		return n
	}
	page, perPage = number("page", 1, 1_000_000), number("per-page", 20, 100)
	return page, perPage, refusal
}
