package transport

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Credential is one of the secrets that an account's requests use.
type Credential struct {
	Name string // as errors name it: "master secret"
	Keys string // the keys of the configuration that it comes from: "master_secret or master_secret_file"
	// Read returns the current secret.
	Read func() (string, error)
	// Forms returns other forms in which a value is sent, which must not be shown either; nil = none.
	Forms func(value string) []string
}

// Secrets are the values of an account's credentials at one time, in the order of [Client.UseCredentials].
type Secrets []string

// Fingerprint is a hash of an account's secrets, to find out whether they have changed. The zero value is for secrets
// that cannot be read.
type Fingerprint [sha256.Size]byte

// Fingerprint returns the fingerprint of the secrets.
func (s Secrets) Fingerprint() Fingerprint {
	h := sha256.New()
	for _, value := range s {
		fmt.Fprintf(h, "%d:%s", len(value), value)
	}
	return Fingerprint(h.Sum(nil))
}

// UseCredentials sets the credentials of the account. They are read for each request that has a [Request.Prepare],
// just before it is sent, and for each call while the breaker is open. It must be called before the first request.
func (c *Client) UseCredentials(credentials ...Credential) { c.credentials.all = credentials }

// credentials are those of one account, with their last values.
type credentials struct {
	all []Credential

	mu      sync.Mutex
	known   []Secrets   // the last different values, the newest last
	last    Fingerprint // that of the newest; the zero value if there is none
	changes uint32      // how often last has changed
}

// maxKnownSecrets is how many of the last values are hidden in texts. Requests may still be in flight with an old value
// after a secret has changed.
const maxKnownSecrets = 4

// readSecrets returns the current secrets. endpoint is named in an error.
func (c *Client) readSecrets(endpoint string) (Secrets, *Error) {
	secrets := make(Secrets, len(c.credentials.all))
	for i, credential := range c.credentials.all {
		value, err := credential.Read()
		if err == nil && value == "" {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, &Error{
				Vendor: c.vendor, Endpoint: endpoint, Kind: Auth, NotSent: true,
				Err:    fmt.Errorf("the %s cannot be read: %w", credential.Name, err),
				Advice: "check " + credential.Keys,
			}
		}
		secrets[i] = value
	}
	c.credentials.remember(secrets)
	return secrets, nil
}

func (c *credentials) remember(secrets Secrets) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.known); n > 0 && slices.Equal(c.known[n-1], secrets) {
		return
	}
	others := slices.DeleteFunc(slices.Clone(c.known), func(known Secrets) bool { return slices.Equal(known, secrets) })
	others = append(others, secrets)
	c.known = others[max(0, len(others)-maxKnownSecrets):]
	f := secrets.Fingerprint()
	if c.last != (Fingerprint{}) && c.last != f {
		c.changes++
	}
	c.last = f
}

// CredentialsVersion is the version of an account's credentials: another one after they have changed, also if they have
// changed back.
type CredentialsVersion uint32

// CredentialsVersion returns the version of the credentials when they were last read.
func (c *Client) CredentialsVersion() CredentialsVersion {
	c.credentials.mu.Lock()
	defer c.credentials.mu.Unlock()
	return CredentialsVersion(c.credentials.changes)
}

// hidden returns the secrets that must not be shown.
func (c *credentials) hidden() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var hidden []string
	for _, secrets := range c.known {
		hidden = append(hidden, secrets...)
		for i, value := range secrets {
			if forms := c.all[i].Forms; forms != nil {
				hidden = append(hidden, forms(value)...)
			}
		}
	}
	return hidden
}
