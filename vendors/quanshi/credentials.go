package quanshi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// credentials are what an account signs and speaks with at one time.
type credentials struct {
	appKey    string
	appSecret string
	token     string // ready-made; "" = it logs in
}

// fingerprint tells credentials from others.
func (c credentials) fingerprint() string {
	return strings.Join([]string{c.appKey, c.appSecret, c.token}, "\x00")
}

// present returns the credentials as they are now, and lets requests pass again if they are
// others than Quanshi refused: to rotate them needs no restart.
func (c *Client) present(name endpoint) (credentials, error) {
	var now credentials
	for _, part := range []struct {
		what, keys string
		read       func() (string, error)
		to         *string
	}{
		{"app key", "app_key", c.appKey, &now.appKey},
		{"app secret", "app_secret or app_secret_file", c.appSecret, &now.appSecret},
		{"token", "token or token_file", c.readyToken, &now.token},
	} {
		if part.read == nil {
			continue
		}
		value, err := part.read()
		if err == nil && value == "" {
			err = errors.New("it is empty")
		}
		if err != nil {
			return credentials{}, &transport.Error{
				Vendor: vendor, Endpoint: string(name), Kind: transport.Auth,
				Err:    fmt.Errorf("the %s cannot be read: %w", part.what, err),
				Advice: "check " + part.keys,
			}
		}
		*part.to = value
	}
	c.transport.NoticeSecret(now.fingerprint())
	return now, nil
}

// hidden lists what no text may show of an exchange that was made with the credentials used:
// those, the present ones, and the address of the user.
func (c *Client) hidden(used credentials) []string {
	all := []string{used.appKey, used.appSecret, used.token, c.userEmail, strings.ToLower(c.userEmail), strings.ToUpper(c.userEmail)}
	for _, read := range []func() (string, error){c.appKey, c.appSecret, c.readyToken} {
		if read == nil {
			continue
		}
		if value, err := read(); err == nil {
			all = append(all, value)
		}
	}
	return all
}
