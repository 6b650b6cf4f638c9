package quanshi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// keyHeader is where the key stands by the document; a newer page calls it AppId.
const keyHeader = "AppKey"

// App is an application at Quanshi: its credentials and its events. Zero values of all but the key and the
// secret have defaults.
type App struct {
	// AppKey is also what faults and counters call the account.
	AppKey, AppSecret string
	// Name is what a configuration calls the application; the key by default.
	Name string
	// AppKeyHeader is the header that the key comes in; AppKey by default.
	AppKeyHeader string

	// UserID is the user that tokens are for, a whole number; 19533553 by default.
	UserID string
	// UserEmail is the address by which the user can be found; none by default.
	UserEmail string
	// KnownByEmail lets a configuration have the user's address in place of the id.
	KnownByEmail bool
	// Token is one that is valid from the start and does not expire; none by default. FaultToken ends it like all
	// others, for good.
	Token string
	// TokenTTL is how long other tokens last; one day by default.
	TokenTTL time.Duration
	// ClockTolerance is how far CurTime may be off, and how long a Nonce cannot be used again; 5 minutes by default.
	ClockTolerance time.Duration

	// HostID is the host of most events; 88589655 by default. Every fifth event has the host with the next number.
	HostID int64
	// RoomID is an event that always exists, and runs most of the time: a live room that is opened every six hours;
	// 609768 by default. Its report is the one of the newest time.
	RoomID int64
	// ArchiveID is an event that always exists, and of which nothing changes: it was held in January 2026; 600114 by
	// default.
	ArchiveID int64
	// Scale multiplies all audiences; 1 by default: the largest events then have about 240 viewers. With 1000 the
	// archived event's report has 200000 viewers and about as many rows in lives: 400 MB.
	Scale int64
	// ListShape is where the list of events and its total stand in the answer's data; List by default. The
	// document leaves it open.
	ListShape ListShape
	// PagesFromOne counts the pages of the list from 1, as endpoints beside it do: page 0 is page 1 once more.
	PagesFromOne bool
	// MaxPage is how many events a page of the list may have; 1000 by default. The document has no limit.
	MaxPage int64

	// Location is the zone in which dates are written, and whose days have their rhythm; Asia/Shanghai by default.
	Location *time.Location
}

// DefaultApps are a school that knows its user's id, and a shop that knows the address. Their credentials are invented.
func DefaultApps() []App {
	return []App{
		{
			Name:   "lectures",
			AppKey: "SimSchoolEventsKey0001", AppSecret: "SimSchoolEventsSecretNotReal0001",
			UserID: "19533553", UserEmail: "live@sim-school.example",
		},
		{
			Name: "sales-shows", KnownByEmail: true,
			AppKey: "SimShopEventsKey0002", AppSecret: "SimShopEventsSecretNotReal000002",
			UserID: "20481207", UserEmail: "events@sim-shop.example",
			HostID: 90412266, RoomID: 731002, ArchiveID: 700520, ListShape: PageInfo, PagesFromOne: true,
		},
	}
}

// withDefaults fills in what the application does not say.
func (a App) withDefaults() App {
	a.AppKeyHeader = cmp.Or(a.AppKeyHeader, keyHeader)
	a.UserID = cmp.Or(a.UserID, "19533553")
	a.TokenTTL = cmp.Or(a.TokenTTL, 24*time.Hour)
	a.ClockTolerance = cmp.Or(a.ClockTolerance, 5*time.Minute)
	a.HostID = cmp.Or(a.HostID, 88589655)
	a.RoomID = cmp.Or(a.RoomID, 609768)
	a.ArchiveID = cmp.Or(a.ArchiveID, 600114)
	a.Scale = cmp.Or(a.Scale, 1)
	a.ListShape = cmp.Or(a.ListShape, List)
	a.MaxPage = cmp.Or(a.MaxPage, 1000)
	if a.Location == nil {
		a.Location = core.Shanghai()
	}
	return a
}

// validate says what no application can be.
func (a App) validate() error {
	if a.AppKey == "" || a.AppSecret == "" {
		return errors.New("it has no key or no secret")
	}
	if id, err := strconv.ParseInt(a.UserID, 10, 64); err != nil || id < 1 {
		return fmt.Errorf("its user %q is not a number", a.UserID)
	}
	if a.RoomID == a.ArchiveID {
		return fmt.Errorf("two events have the id %d", a.RoomID)
	}
	for _, id := range []int64{a.RoomID, a.ArchiveID} {
		if id < 1 || id >= firstSlotID {
			return fmt.Errorf("event %d has not an id from 1 to %d: the others are the list's", id, firstSlotID-1)
		}
	}
	if !slices.Contains(listShapes, a.ListShape) {
		return fmt.Errorf("its list has the unknown shape %q", a.ListShape)
	}
	if a.Scale < 1 || a.Scale > core.Million {
		return fmt.Errorf("its scale %d is not from 1 to %d", a.Scale, core.Million)
	}
	return nil
}
