package getui

import "github.com/engage-exporter/engage_exporter/simulator/core"

// Stages counts messages at each stage of a push: msg_num, target_num, receive_num, display_num and click_num. Each
// is at most the one before it, except that a channel which does not report a stage has NotReported there.
type Stages struct {
	Deliverable, Sent, Received, Displayed, Clicked int64
}

// Row is the stages of one channel or one brand.
type Row struct {
	Name string
	Stages
}

// ActionCount is how often a custom event came.
type ActionCount struct {
	ActionID string
	Count    int64
}

// Report is what the vendor reports for a push, a group or a day. Total is the sum over the channels; Brands are the
// parts of channel gt: the ten with the most messages sent, and the sum of the others as "others" if there are any.
type Report struct {
	Total    Stages
	Channels []Row
	Brands   []Row
	Actions  []ActionCount
}

// rates are the parts of the messages that pass from one stage to the next, in parts per million.
type rates struct{ sent, received, displayed, clicked int64 }

// progress is the part of the messages at each stage that have gone on or got lost, in parts per million. The rest is
// under way.
type progress struct{ made, sent, received, displayed, clicked int64 }

// finished is the progress of a push that is over.
var finished = progress{core.Million, core.Million, core.Million, core.Million, core.Million}

// flow is one channel's messages on their way: how many came to each stage, and how many got lost before it. The
// numbers are those that happened, whether the channel reports them or not.
type flow struct {
	channel Channel
	Stages
	lost map[string]int64 // by stage of the document: ts, rs, sf, fd
}

// send lets messages flow through a channel. The wanted ones are those that were asked for.
func send(channel Channel, wanted int64, r rates, p progress) flow {
	asked := core.Scale(wanted, p.made)
	f := flow{channel: channel}
	f.Deliverable = core.Scale(asked, deliverablePart)
	processed := core.Scale(f.Deliverable, p.sent)
	f.Sent = core.Scale(processed, r.sent)
	answered := core.Scale(f.Sent, p.received)
	f.Received = core.Scale(answered, r.received)
	shown := core.Scale(f.Received, p.displayed)
	f.Displayed = core.Scale(shown, r.displayed)
	f.Clicked = core.Scale(core.Scale(f.Displayed, r.clicked), p.clicked)
	f.lost = map[string]int64{
		"ts": asked - f.Deliverable,
		"rs": processed - f.Sent,
		"sf": answered - f.Received,
		"fd": shown - f.Displayed,
	}
	return f
}

// deliverablePart is what remains of the messages asked for without invalid users and those that rules keep back.
const deliverablePart = 860_000

// rates are those of a channel, which vary a little by what is sent.
func (d Data) rates(channel string, what core.Noise) rates {
	usual := d.noise("rates").With(channel)
	vary := func(stage string, low, high int64) int64 {
		return core.Scale(usual.With(stage).Between(low, high),
			what.With(channel).With(stage).Between(980_000, core.Million))
	}
	return rates{
		sent:      vary("sent", 930_000, 990_000),
		received:  vary("received", 700_000, 950_000),
		displayed: vary("displayed", 600_000, 900_000),
		clicked:   vary("clicked", 30_000, 120_000),
	}
}

// flows splits messages over the channels and sends them.
func (d Data) flows(wanted int64, what core.Noise, p progress) []flow {
	channels := d.app().Channels
	shares := make([]int64, len(channels))
	for i, c := range channels {
		shares[i] = c.Share
	}
	flows := make([]flow, len(channels))
	for i, part := range split(wanted, shares) {
		flows[i] = send(channels[i], part, d.rates(channels[i].Name, what), p)
	}
	hush(flows)
	return flows
}

// hush keeps the clicks of channels that do not report what they displayed so few that all clicks together stay below
// all reported displays: a twentieth of those of the first channel that reports both.
func hush(flows []flow) {
	var clicks int64
	for _, f := range flows {
		if !f.channel.NoDisplay && !f.channel.NoClicks {
			clicks = f.Clicked
			break
		}
	}
	for i := range flows {
		if flows[i].channel.NoDisplay {
			flows[i].Clicked = min(flows[i].Clicked, clicks/20)
		}
	}
}

// reported returns the flow as the vendor reports it.
func (f flow) reported() Stages {
	s := f.Stages
	if f.channel.NoDisplay {
		s.Displayed = NotReported
	}
	if f.channel.NoClicks {
		s.Clicked = NotReported
	}
	return s
}

// report sums flows up.
func (d Data) report(flows []flow, what core.Noise) Report {
	r := Report{Channels: make([]Row, len(flows))}
	for i, f := range flows {
		r.Channels[i] = Row{f.channel.Name, f.reported()}
		if f.channel.Name == "gt" {
			r.Brands = d.brands(r.Channels[i].Stages, what)
		}
	}
	r.Total = sumOf(r.Channels)
	for _, id := range d.app().ActionIDs {
		r.Actions = append(r.Actions, ActionCount{id,
			core.Scale(max(0, r.Total.Clicked), d.noise("action").With(id).Between(300_000, 900_000))})
	}
	return r
}

func sumOf(rows []Row) Stages {
	sum := Stages{Displayed: NotReported, Clicked: NotReported}
	for _, row := range rows {
		sum = sum.plus(row.Stages)
	}
	return sum
}

// plus adds up; what one side does not report is what the other side says.
func (s Stages) plus(o Stages) Stages {
	add := func(a, b int64) int64 {
		switch {
		case a == NotReported:
			return b
		case b == NotReported:
			return a
		}
		return a + b
	}
	return Stages{
		Deliverable: add(s.Deliverable, o.Deliverable),
		Sent:        add(s.Sent, o.Sent),
		Received:    add(s.Received, o.Received),
		Displayed:   add(s.Displayed, o.Displayed),
		Clicked:     add(s.Clicked, o.Clicked),
	}
}

// split divides a number by shares in parts per million; the last part gets what is left. Each part grows with the
// number, so that parts of a smaller number are nowhere larger: dividing the rest of the rest is what makes this
// hold.
func split(x int64, shares []int64) []int64 {
	parts := make([]int64, len(shares))
	left, rest := x, int64(core.Million)
	for i, share := range shares {
		if i == len(shares)-1 || rest <= 0 {
			parts[i] = left
			break
		}
		part := core.Scale(left, min(core.Million, share*core.Million/rest))
		parts[i] = part
		left -= part
		rest -= share
	}
	return parts
}
