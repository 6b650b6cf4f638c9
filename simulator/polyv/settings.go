package polyv

import (
	"cmp"
	"fmt"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// configured returns the user as a client knows it.
func (u User) configured() core.Account {
	return core.Account{
		ID: u.UserID, Name: cmp.Or(u.Name, u.UserID), Secret: u.SecretKey,
		Settings: fmt.Sprintf("user_id: %s\nsecret_key: %s\n", u.UserID, u.SecretKey),
	}
}
