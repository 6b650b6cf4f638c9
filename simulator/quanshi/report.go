package quanshi

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// eventReport is POST /event/report/details: every session of an event, and every viewer. A row of lives and
// interactions is there if it began in the span and is of the type that was asked for; a viewer is, with such
// sessions alone, if there are any. (In the document's example the type has no effect; its words say that it has.)
func (s *server) eventReport(c *core.Call, body body) core.Answer {
	id, err := body.required("eventId", 1, math.MaxInt64)
	query := query{now: c.Now.Unix(), mode: anyMode}
	if err == nil {
		query.from, query.to, err = body.span()
	}
	if mode, there, e := body.number("liveType", 0, 1); there {
		query.mode = mode
		if err == nil {
			err = e
		}
	}
	if err != nil {
		return errorAnswer(err, c.Now)
	}
	event, ok := s.data.Event(c.Now, id)
	if !ok {
		return errorAnswer(apiError{noEvent, fmt.Sprintf("The event does not exist: %d", id)}, c.Now)
	}
	now := c.Now
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Stream: func(w io.Writer) error {
		r := rows{w: bufio.NewWriterSize(w, 64<<10), audience: s.data.audience(event), query: query}
		return r.report(now, body)
	}}
}

// rows is a report on its way out: rows, each written as it is made.
type rows struct {
	w        *bufio.Writer
	audience *audience
	query    query
	row      []byte
	rows     int // of the array that is being written
	failed   error
}

// report writes the whole answer: its members, and the arrays, in the order of the document's example.
func (r *rows) report(now time.Time, body body) error {
	r.text(fmt.Sprintf(`{"timeStamp":%d,"code":%d,"msg":"Successfully to get the event report details!","data":{"eventId":%d,"report":{"lives":`,
		now.UnixMilli(), codeOK, r.audience.event.ID))
	if r.audience.event.hasStream() {
		r.sessions(false)
	} else {
		r.text("null")
	}
	r.text(`,"viewerDetails":`)
	r.array(func(v *viewer) { r.put(r.detail(r.next(), v)) })
	r.text(`,"interactions":`)
	r.sessions(true)
	r.text(fmt.Sprintf(`},"startTime":%s,"endTime":%s},"requestId":%q}`, core.Encode(body["startTime"]),
		core.Encode(body["endTime"]), requestID(now)))
	if r.failed != nil {
		return r.failed
	}
	return r.w.Flush()
}

func (r *rows) sessions(interactive bool) {
	r.array(func(v *viewer) {
		for i := range v.count {
			if v.sessions[i].interactive == interactive {
				r.put(r.session(r.next(), v, i))
			}
		}
	})
}

// array writes the rows of each viewer. It ends when the client is gone.
func (r *rows) array(rows func(*viewer)) {
	r.rows = 0
	r.text("[")
	r.audience.each(r.query, func(v *viewer) bool {
		rows(v)
		return r.failed == nil
	})
	r.text("]")
}

// next begins a row.
func (r *rows) next() []byte {
	r.row = r.row[:0]
	if r.rows > 0 {
		r.row = append(r.row, ',')
	}
	r.rows++
	return append(r.row, '{')
}

func (r *rows) put(row []byte) {
	row = append(row, '}')
	r.row = row // which may have grown
	if r.failed == nil {
		_, r.failed = r.w.Write(row)
	}
}

func (r *rows) text(s string) {
	if r.failed == nil {
		_, r.failed = r.w.WriteString(s)
	}
}

// name begins a member of a row.
func (r *rows) name(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// words adds a text, all of which are made here and need no escapes.
func (r *rows) words(b []byte, name, value string) []byte {
	b = append(r.name(b, name), '"')
	b = append(b, value...)
	return append(b, '"')
}

// number adds a number; null for noCount.
func (r *rows) number(b []byte, name string, value int64) []byte {
	b = r.name(b, name)
	if value == noCount {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, value, 10)
}

func (r *rows) null(b []byte, name string) []byte {
	return append(r.name(b, name), "null"...)
}

// moment adds a time twice: as a date in the name that ends in date, and as seconds in the one that ends in time. 0
// is none.
func (r *rows) moment(b []byte, line string, at int64) []byte {
	if at == 0 {
		return r.null(r.null(b, line+"_time"), line+"_date")
	}
	b = r.number(b, line+"_time", at)
	b = append(r.name(b, line+"_date"), '"')
	b = time.Unix(at, 0).In(r.audience.app.Location).AppendFormat(b, time.DateTime)
	return append(b, '"')
}

// eventStats is POST /event/report/stats: what an event adds up to. The document leaves open whether the numbers
// stand in stats or in data itself.
func (s *server) eventStats(c *core.Call, body body) core.Answer {
	id, err := body.required("eventId", 1, math.MaxInt64)
	if err != nil {
		return errorAnswer(err, c.Now)
	}
	event, ok := s.data.Event(c.Now, id)
	if !ok {
		return errorAnswer(apiError{noEvent, fmt.Sprintf("The event does not exist: %d", id)}, c.Now)
	}
	r, _ := s.data.Report(c.Now, id)
	both := r.Audiences["直播+回放"]
	seconds := r.LiveSeconds + r.ReplaySeconds
	return successAnswer(core.Object{{"eventId", id}, {"stats", core.Object{
		{"viewCnt", r.LiveVisits + r.ReplayVisits}, {"viewLiveCnt", r.LiveVisits}, {"viewReplayCnt", r.ReplayVisits},
		{"viewerCnt", r.Viewers}, {"viewerLiveCnt", r.Audiences["直播"] + both},
		{"viewerReplayCnt", r.Audiences["回放"] + both},
		{"eventTime", event.Minutes() * 60}, {"viewTime", (seconds + 59) / 60},
	}}}, c.Now)
}
