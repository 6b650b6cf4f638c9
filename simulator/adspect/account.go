package adspect

import (
	"cmp"
	"time"
)

// Account is an account at Adspect: its key, its streams, and how much traffic they have. Zero values of all but the
// id and the key have defaults.
type Account struct {
	AccountID, APIKey string
	// Name is what a configuration calls the account; the id by default.
	Name string

	// Location is the zone of the account, whose days the traffic follows; UTC by default.
	Location *time.Location

	// Streams are the streams; DefaultStreams() by default.
	Streams []Stream
	// SavedQueries is the number of saved queries, at most 100.
	SavedQueries int

	// Clicks is about the number of clicks a day; 20000 by default. Each sub ID has at least one a day, however.
	Clicks int64
	// SubIDs is the number of placements that the clicks come from, each with a sub ID of its own but for one with
	// none; 60 by default. This is what the size of an answer follows from: a funnel by sub_id over one whole day has
	// this number of rows.
	SubIDs int

	// Balance is the money in the account at the start of a month, in cents; 50000 by default. Most of it is spent by
	// the month's end.
	Balance int64

	// ComsignLimit is what GET /account has as comsign_limit; 50 by default. ComsignExtraLimit is what is allowed
	// beyond it.
	ComsignLimit, ComsignExtraLimit int64

	// MaxReportRows is the number of rows at which reports are cut, without a sign: Adspect does not disclose its
	// own. 0 cuts none.
	MaxReportRows int
	// TotalsInHeadOnly leaves the pagination headers out of the answers to GET: the document has them for HEAD alone.
	TotalsInHeadOnly bool

	// ReportsAsArray writes reports as one array of rows. Otherwise they are one row a line, as the document shows
	// them.
	ReportsAsArray bool
}

// Stream is a stream. Zero values of all but the id and the name have defaults.
type Stream struct {
	StreamID, Name string

	// Mode is Filter, Review, Money or White; Filter by default. A stream that reviews or is white shows the safe
	// page to all, one with mode Money the money page.
	Mode string
	// FilterLevel is from 0 (off) to 4 (paranoid). Streams have it as a number or as a word in turn, as the document
	// permits both.
	FilterLevel int
	// Tags are the stream's tags, 32 at most; one, "simulated", by default.
	Tags []string
	// NoFingerprints lets visitors pass on the basic check alone.
	NoFingerprints bool
	// MoneyPages is the number of money pages; 2 by default.
	MoneyPages int
	// Weight is the stream's share of the placements, against the sum of all; 1 by default. Each stream has one at
	// least.
	Weight int64
}

// The modes of a stream.
const (
	modeFilter = "Filter"
	modeReview = "Review"
	modeMoney  = "Money"
	modeWhite  = "White"
)

// DefaultStreams are the streams of an account that does not say.
func DefaultStreams() []Stream {
	return []Stream{
		{StreamID: "fa4e5000-0000-4000-8000-000000000001", Name: "Search, Gulf", Tags: []string{"search", "gulf"},
			FilterLevel: 3, Weight: 4},
		{StreamID: "fa4e5000-0000-4000-8000-000000000002", Name: "Search, Hong Kong", Tags: []string{"search"},
			FilterLevel: 2, Weight: 3},
		{StreamID: "fa4e5000-0000-4000-8000-000000000003", Name: "Native", FilterLevel: 4, MoneyPages: 3, Weight: 3},
		{StreamID: "fa4e5000-0000-4000-8000-000000000004", Name: "Push traffic", FilterLevel: 1, NoFingerprints: true,
			Weight: 2},
		{StreamID: "fa4e5000-0000-4000-8000-000000000005", Name: "Social (new)", Mode: modeReview, FilterLevel: 3},
		{StreamID: "fa4e5000-0000-4000-8000-000000000006", Name: "Поиск, тест", Tags: []string{"поиск", "тест"},
			FilterLevel: 2},
		{StreamID: "fa4e5000-0000-4000-8000-000000000007", Name: "Retargeting", Mode: modeMoney},
		{StreamID: "fa4e5000-0000-4000-8000-000000000008", Name: "On hold", Tags: []string{}, Mode: modeWhite,
			FilterLevel: 3},
	}
}

// DefaultAccounts are one with many streams in Dubai and a small one. Their credentials are invented.
func DefaultAccounts() []Account {
	return []Account{
		{
			Name:      "media-buying",
			AccountID: "fa4eacc0-0000-4000-8000-000000000001", APIKey: "SimMediaBuyingKeyNotReal00000001",
			Location: dubai(), SavedQueries: 12, Clicks: 48_000, SubIDs: 90, Balance: 120_000,
		},
		{
			Name:      "affiliate",
			AccountID: "fa4eacc0-0000-4000-8000-000000000002", APIKey: "SimAffiliateKeyNotReal0000000002",
			SavedQueries: 97, Clicks: 3_000, SubIDs: 14, ComsignLimit: 10, ComsignExtraLimit: 2, TotalsInHeadOnly: true,
			Streams: []Stream{
				{StreamID: "fa4e5000-0000-4000-8000-000000000021", Name: "Sweepstakes", FilterLevel: 2, Weight: 2},
				{StreamID: "fa4e5000-0000-4000-8000-000000000022", Name: "Utilities", FilterLevel: 3, MoneyPages: 1},
				{StreamID: "fa4e5000-0000-4000-8000-000000000023", Name: "Utilities 2", Mode: modeReview,
					FilterLevel: 3},
			},
		},
	}
}

// dubai is a time zone that has not changed since 1920.
func dubai() *time.Location {
	if loc, err := time.LoadLocation("Asia/Dubai"); err == nil {
		return loc
	}
	return time.FixedZone("Asia/Dubai", 4*60*60)
}

// withDefaults fills in what the account does not say.
func (a Account) withDefaults() Account {
	a.Clicks = cmp.Or(a.Clicks, 20_000)
	a.SubIDs = cmp.Or(a.SubIDs, 60)
	a.Balance = cmp.Or(a.Balance, 50_000)
	a.ComsignLimit = cmp.Or(a.ComsignLimit, 50)
	if a.Location == nil {
		a.Location = time.UTC
	}
	if a.Streams == nil {
		a.Streams = DefaultStreams()
	}
	streams := make([]Stream, len(a.Streams))
	for i, s := range a.Streams {
		s.Mode = cmp.Or(s.Mode, modeFilter)
		s.MoneyPages = cmp.Or(s.MoneyPages, 2)
		s.Weight = cmp.Or(s.Weight, 1)
		if s.Tags == nil {
			s.Tags = []string{"simulated"}
		}
		streams[i] = s
	}
	a.Streams = streams
	if len(streams) == 0 {
		a.SubIDs, a.SavedQueries = 0, 0 // nowhere for a click to go, nothing to ask for
	}
	a.SavedQueries = min(a.SavedQueries, maxQueries)
	return a
}
