package polyv

import (
	"cmp"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// User is a user of Polyv: the credentials, and how much is watched. Zero values of all but the credentials have
// defaults.
type User struct {
	UserID, SecretKey string
	// Name is what a configuration calls the user; the id by default.
	Name string

	// Location is the zone of the vendor's days and hours; Asia/Shanghai by default.
	Location *time.Location

	// Plays is how often videos are played on an ordinary day; 2000 by default.
	Plays int64
	// MobileShare is the part of the plays that mobile devices have in the evening, in parts per million; 640000 by
	// default. It is less in working hours.
	MobileShare int64

	// ProseSpelling makes rows name the traffic of PCs PCFlowSize, as the prose of the document does, and not
	// pcFlowSize, as its example does.
	ProseSpelling bool

	// MirrorStatus gives errors their code as the HTTP status, those of other users too; else the status is 200. The
	// document leaves it open.
	MirrorStatus bool
}

// DefaultUsers are a large academy and a small one that nobody watches at night, which has the document's other
// spelling. Their credentials are invented.
func DefaultUsers() []User {
	return []User{
		{Name: "academy", UserID: "fa4e000001", SecretKey: "SimNotRea1", Plays: 180_000},
		{Name: "onboarding", UserID: "fa4e000002", SecretKey: "SimNotRea2", Plays: 640, MobileShare: 350_000,
			ProseSpelling: true},
	}
}

// withDefaults fills in what the user does not say.
func (u User) withDefaults() User {
	u.Plays = cmp.Or(u.Plays, 2_000)
	u.MobileShare = cmp.Or(u.MobileShare, 640_000)
	if u.Location == nil {
		u.Location = core.Shanghai()
	}
	return u
}
