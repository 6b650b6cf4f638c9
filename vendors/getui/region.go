package getui

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// maxHosts bounds how many of the hosts in an answer are looked at and named, maxHost how long they are.
const (
	maxHosts = 5
	maxHost  = 300
)

// hostsIn returns the texts in data, which is how GeTui lists the hosts of the right data
// centre: "https://cncrestapi.getui.com" or without the scheme. How it nests them is not
// documented, so every string counts that is no name of a member.
func hostsIn(data jsontext.Value) []string {
	var hosts []string
	d := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for len(hosts) < maxHosts {
		token, err := d.ReadToken()
		if err != nil {
			break
		}
		if token.Kind() != jsontext.KindString {
			continue
		}
		if container, n := d.StackIndex(d.StackDepth()); container == jsontext.KindBeginObject && n%2 == 1 {
			continue // the name of a member
		}
		for host := range strings.SplitSeq(token.String(), ",") {
			if host = strings.TrimSpace(host); host != "" && len(host) <= maxHost && len(hosts) < maxHosts {
				hosts = append(hosts, strings.Clone(host))
			}
		}
	}
	return hosts
}

// move makes the first of hosts that is allowed the base of all further requests, instead of
// from. It reports whether there is another base now, be it that another caller has moved.
//
// Credentials go to the new host, and the answer that names it is no proof of anything: so
// only known hosts count, and only https. A base_url that somebody has chosen is not left.
func (c *Client) move(from string, hosts []string) bool {
	current, err := url.Parse(from)
	if err != nil || c.configured != DefaultBaseURL {
		return false
	}
	for _, host := range hosts {
		if !strings.Contains(host, "://") {
			host = "https://" + host
		}
		u, err := url.Parse(host)
		if err != nil || u.Scheme != "https" || strings.EqualFold(u.Host, current.Host) {
			continue
		}
		if name := strings.TrimSuffix(strings.ToLower(u.Host), ":443"); slices.Contains(regionHosts, name) {
			to := url.URL{Scheme: "https", Host: name, Path: current.Path, RawPath: current.RawPath}
			c.moveTo(from, to.String())
			break
		}
	}
	return c.base() != from
}

// base returns the present base URL, without the app id.
func (c *Client) base() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.baseURL
}

func (c *Client) moveTo(from, to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.baseURL == from {
		c.baseURL = to
	}
}

// MovedTo returns the base URL of the data centre to which GeTui has sent the app, or "" if it is the configured one.
func (c *Client) MovedTo() string {
	if base := c.base(); base != c.configured {
		return base
	}
	return ""
}

// nameBase returns the error of a request to a base URL, with that URL if it is not the configured one, and with what
// is wrong with it if it lacks the version.
func (c *Client) nameBase(err error, base string) error {
	e, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	named := *e
	switch {
	case base != c.configured:
		named.Advice = "GeTui has sent this app to " + base
		if e.Advice != "" {
			named.Advice += "; " + e.Advice
		}
	case e.Status == http.StatusNotFound && !strings.HasSuffix(base, "/v2"):
		named.Advice = "base_url does not end in /v2, as that of GeTui's API does: " + DefaultBaseURL
	default:
		return err
	}
	return &named
}
