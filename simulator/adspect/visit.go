package adspect

import (
	"fmt"
	"net/netip"
	"sort"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Data makes the traffic of an account: every click there ever is. Funnel and log both report them. It is a pure
// function of the seed, the account and the time.
type Data struct {
	Seed    uint64
	Account Account
}

// Verdict is what became of a visitor.
type Verdict uint8

// The verdicts.
const (
	// Passed saw a money page.
	Passed Verdict = iota + 1
	// GIVT was blocked by the basic check.
	GIVT
	// SIVT was blocked by the fingerprint.
	SIVT
	// MIA sent no fingerprint.
	MIA
	// Held came to a stream that shows the safe page to all.
	Held
)

// NoPage is the target of a visitor who left before any page was shown.
const NoPage = -1

// Visit is a click and what came of it. Texts that are empty and an ASN of 0 are null.
type Visit struct {
	Clicked       time.Time
	Fingerprinted time.Time // zero = never
	Converted     time.Time // zero = never

	StreamID, Mode, SubID                    string
	Country, OS, Browser, Engine, Language   string
	ASN                                      int64
	Verdict                                  Verdict
	Target                                   int // 0 = the safe page, 1–255 = a money page, NoPage
	Tag                                      string
	Repeated                                 bool  // not the visitor's first click of the day
	CostTenThousandths, PayoutTenThousandths int64 // of a unit of money

	visitor, click core.Noise
}

// ClickID is the visit's id.
func (v *Visit) ClickID() string { return fmt.Sprintf("sim%016x", uint64(v.click)) }

// Address is the visitor's IP address, from a range that is nobody's.
func (v *Visit) Address() netip.Addr {
	n := uint64(v.visitor.With("address"))
	if n%5 == 0 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 56), byte(n >> 48), 0, 0, 0, 0, 0, 0, 0, 0,
			byte(n >> 40), byte(n >> 32)})
	}
	return netip.AddrFrom4([4]byte{198, 18 + byte(n>>56)&1, byte(n >> 48), byte(n >> 40)})
}

// traffic is Data with what does not change worked out.
type traffic struct {
	data       Data
	account    Account
	noise      core.Noise
	allWeights int64 // of the placements
	allStreams int64 // weights of the streams
}

func (d Data) traffic() *traffic {
	t := &traffic{data: d, account: d.Account.withDefaults()}
	t.noise = core.Noise(d.Seed).With("adspect").With(t.account.AccountID)
	for i := range t.account.SubIDs {
		t.allWeights += placementWeight(i)
	}
	for _, s := range t.account.Streams {
		t.allStreams += s.Weight
	}
	return t
}

// Balance returns what GET /account reports: the money left, in cents, and when the account expires.
func (d Data) Balance(now time.Time) (cents int64, expires time.Time) {
	a := d.Account.withDefaults()
	now = now.In(a.Location)
	begin := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, a.Location)
	end := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, a.Location)
	gone := int64(now.Sub(begin)/time.Second) * core.Million / int64(end.Sub(begin)/time.Second)
	return a.Balance - core.Scale(core.Scale(a.Balance, 900_000), gone), end.AddDate(0, 0, 2)
}

// placement is where clicks come from: a sub ID of one stream, with habits of its own.
type placement struct {
	index  int
	stream *Stream
	subID  string // "" = null
	noise  core.Noise

	givt, sivt, mia int64 // parts of the clicks, in parts per million
	conversions     int64 // part of the visitors that pass, in parts per million
	cost            int64 // usual price of a click, in ten-thousandths; 0 = not reported
	country         int   // where most visitors come from
}

// placementWeight returns the weight of a placement. The first placements have most of the clicks.
func placementWeight(i int) int64 { return 1_000_000_000 / int64(i+3) }

// Placements that are not like the others: one has no sub ID, in one the ad network did not put the sub ID in.
const (
	placementWithout = 4
	placementMacro   = 7
)

func (t *traffic) placement(i int) placement {
	n := t.noise.With("placement").WithInt(int64(i))
	p := placement{
		index: i, stream: t.streamOf(i, n), noise: n,
		givt:        n.With("givt").Between(60_000, 320_000),
		sivt:        n.With("sivt").Between(40_000, 180_000),
		mia:         n.With("mia").Between(20_000, 90_000),
		conversions: n.With("conversions").Between(8_000, 60_000),
		country:     pickCountry(n.With("country")),
	}
	if n.With("priced").Between(1, 8) > 1 {
		p.cost = n.With("cost").Between(40, 900)
	}
	switch i {
	case placementWithout:
	case placementMacro:
		p.subID = "{zoneid}"
	default:
		p.subID = fmt.Sprintf("zone-%06d", i+1)
	}
	return p
}

// streamOf returns the stream of a placement. Each stream has at least one placement.
func (t *traffic) streamOf(i int, n core.Noise) *Stream {
	streams := t.account.Streams
	if i < len(streams) {
		return &streams[i]
	}
	at := n.With("stream").Between(0, t.allStreams-1)
	for s := range streams {
		if at -= streams[s].Weight; at < 0 {
			return &streams[s]
		}
	}
	return &streams[0]
}

// curve is the part of a day's clicks that have come by each hour, in parts per thousand.
var curve = []int64{
	0, 28, 50, 67, 81, 94, 109, 130, 160, 200, 245, 292, 340, 388, 436, 484, 533, 584, 638, 696, 758, 822, 886, 947,
	1000,
}

// day is the clicks of a placement on a day.
type day struct {
	begin          time.Time
	clicks, length int64 // length in milliseconds
	noise          core.Noise
}

func (t *traffic) day(p *placement, begin time.Time) day {
	n := p.noise.WithInt(core.DayNumber(begin))
	clicks := t.account.Clicks * (placementWeight(p.index) / 1000) / max(1, t.allWeights/1000)
	clicks = core.Scale(clicks, n.With("clicks").Between(880_000, 1_120_000))
	if core.IsWeekend(begin) {
		clicks = core.Scale(clicks, 850_000)
	}
	return day{begin: begin, clicks: max(1, clicks), length: core.Midnight(begin, 1).Sub(begin).Milliseconds(),
		noise: n}
}

// at is the time of a click. Clicks are in order: each lies in its own part of the day's clicks, of which the curve
// makes time.
func (d day) at(click int64) time.Time {
	const unit = 1 << 40
	part := click<<20 + d.noise.WithInt(click).With("at").Between(0, 1<<20-1)
	done := min((part<<20)/d.clicks, unit-1)
	for hour := range len(curve) - 1 {
		begin, end := curve[hour]*unit/1000, curve[hour+1]*unit/1000
		if done < end {
			step := d.length / int64(len(curve)-1)
			return d.begin.Add(time.Duration(int64(hour)*step+(done-begin)*step/(end-begin)) * time.Millisecond)
		}
	}
	return d.begin.Add(time.Duration(d.length-1) * time.Millisecond)
}

// firstSince is the first click that is not before a moment.
func (d day) firstSince(from time.Time) int64 {
	if !d.begin.Before(from) {
		return 0
	}
	return int64(sort.Search(int(d.clicks), func(i int) bool { return !d.at(int64(i)).Before(from) }))
}

// visits calls yield with a placement's clicks from one moment until before another, until it returns false. A visit is
// valid until the next.
func (t *traffic) visits(p *placement, from, to time.Time, yield func(*Visit) bool) {
	var v Visit
	for begin := core.Midnight(from.In(t.account.Location), 0); begin.Before(to); begin = core.Midnight(begin, 1) {
		day := t.day(p, begin)
		for click := day.firstSince(from); click < day.clicks; click++ {
			at := day.at(click)
			if !at.Before(to) {
				break
			}
			p.visit(&v, day, click, at)
			if !yield(&v) {
				return
			}
		}
	}
}

// visit works out a click. Now and then it is one of a visitor who has been here before, who is as he was then.
func (p *placement) visit(v *Visit, day day, click int64, at time.Time) {
	n := day.noise.WithInt(click)
	*v = Visit{Clicked: at, StreamID: p.stream.StreamID, Mode: p.stream.Mode, SubID: p.subID, click: n, visitor: n}
	if back := n.With("back").Between(1, 140); back <= min(20, click) {
		v.Repeated = true
		v.visitor = day.noise.WithInt(click - back)
	}
	p.describe(v)
	p.decide(v)
	if p.cost > 0 {
		v.CostTenThousandths = core.Scale(p.cost, n.With("cost").Between(700_000, 1_300_000))
	}
	if v.Verdict != Passed || v.Target <= 0 {
		return
	}
	if n.With("converts").Between(1, core.Million) <= p.conversions {
		after := n.With("after").Between(0, 999) // squared: most convert soon
		v.Converted = at.Add(30*time.Second + time.Duration(after*after*21)*time.Millisecond)
		v.PayoutTenThousandths = 2_500 * n.With("payout").Between(2, 36)
	}
}

// decide sets what happens to the visitor, by the mode of the stream and how good the placement is.
func (p *placement) decide(v *Visit) {
	lot := v.visitor.With("lot").Between(0, core.Million-1)
	page := 1 + int(v.click.With("page").Between(0, int64(p.stream.MoneyPages)-1))
	delay := time.Duration(v.click.With("fingerprint").Between(350, 3_500)) * time.Millisecond
	switch p.stream.Mode {
	case modeReview, modeWhite:
		v.Verdict, v.Target = Held, 0
		return
	case modeMoney:
		v.Verdict, v.Target = Passed, page
		return
	}
	if lot < p.givt {
		v.Verdict, v.Target = GIVT, 0
		v.Tag = core.Pick(basicTags, v.visitor.With("tag"))
		return
	}
	lot -= p.givt
	switch {
	case p.stream.NoFingerprints:
		v.Verdict, v.Target = Passed, page
	case lot < p.sivt:
		v.Verdict, v.Target = SIVT, 0
		v.Tag = core.Pick(fingerprintTags, v.visitor.With("tag"))
		v.Fingerprinted = v.Clicked.Add(delay)
	case lot < p.sivt+p.mia:
		v.Verdict, v.Target = MIA, 0
		if v.click.With("gone").Between(1, 4) == 1 {
			v.Target = NoPage
		}
	default:
		v.Verdict, v.Target = Passed, page
		v.Fingerprinted = v.Clicked.Add(delay)
	}
}

// slowest is the longest time after a click in which anything comes of it.
const slowest = 6 * time.Hour
