package quanshi

import (
	"math"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// The lists there are. The document does not say how the first two differ; here it is the host.
const (
	ownEvents   = 0
	otherEvents = 1
	allEvents   = 2
)

// ListShape is where the list and its total stand in the answer's data.
type ListShape string

// The shapes that the vendor's endpoints have.
const (
	List     ListShape = "list"     // {count, list}
	PageInfo ListShape = "pageInfo" // {pageInfo: {total, list}}
	Nested   ListShape = "nested"   // {data: {count, list}}
	ConfList ListShape = "confList" // {totalCount, confList}
	Bare     ListShape = "bare"     // the list alone
)

var listShapes = []ListShape{List, PageInfo, Nested, ConfList, Bare}

// around returns the data with a page of the list.
func (s ListShape) around(total int64, rows []core.Object) any {
	switch s {
	case PageInfo:
		return core.Object{{"pageInfo", core.Object{{"total", total}, {"list", rows}}}}
	case Nested:
		return core.Object{{"data", core.Object{{"count", total}, {"list", rows}}}}
	case ConfList:
		return core.Object{{"totalCount", total}, {"confList", rows}}
	case Bare:
		return rows
	}
	return core.Object{{"count", total}, {"list", rows}}
}

// eventList is POST /event/public/list: the events that run at any time of a span, in the order in which they begin.
// The document does not say whether the vendor looks at more than their beginning.
func (s *server) eventList(c *core.Call, body body) core.Answer {
	list, page, count, err := s.listParameters(body)
	var from, to, host int64
	var byHost bool
	if err == nil {
		from, to, err = s.listSpan(body)
	}
	if err == nil {
		host, byHost, err = body.id("hostId")
	}
	if err != nil {
		return errorAnswer(err, c.Now)
	}
	if s.app.PagesFromOne {
		page = max(0, page-1)
	}
	rows := []core.Object{}
	total := int64(0)
	for _, e := range s.data.Events(c.Now, time.Unix(from, 0), time.Unix(to, 0)) {
		own := e.HostID == s.app.HostID
		switch {
		case byHost && e.HostID != host, list == ownEvents && !own, list == otherEvents && own:
			continue
		}
		if total/count == page {
			rows = append(rows, e.json())
		}
		total++
	}
	return successAnswer(s.app.ListShape.around(total, rows), c.Now)
}

// listParameters reads which list is wanted and what of it.
func (s *server) listParameters(body body) (list, page, count int64, err error) {
	if list, err = body.required("listType", ownEvents, allEvents); err != nil {
		return 0, 0, 0, err
	}
	if page, err = body.required("page", 0, math.MaxInt64); err != nil {
		return 0, 0, 0, err
	}
	count, err = body.required("count", 1, s.app.MaxPage)
	return list, page, count, err
}

// listSpan reads the span, of which both ends have to be there.
func (s *server) listSpan(body body) (from, to int64, err error) {
	for _, name := range []string{"startTime", "endTime"} {
		if _, err = body.required(name, 0, latest); err != nil {
			return 0, 0, err
		}
	}
	return body.span()
}

// json writes an event as a row of the list. Its host is a number or a text.
func (e Event) json() core.Object {
	return core.Object{
		{"eventId", e.ID}, {"title", e.Title}, {"hostId", e.hostJSON()}, {"startTime", e.Start.Unix()},
		{"endTime", e.End.Unix()},
		{"length", e.Minutes()}, {"eventForm", e.Form},
	}
}
