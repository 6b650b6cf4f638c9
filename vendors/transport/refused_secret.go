package transport

// Refuse opens the breaker for credentials that are not known.
func (c *Client) Refuse(err *Error) { c.OpenBreaker(err, Secrets{}.Fingerprint()) }

// RefuseSecret opens the breaker for an account whose credentials are one secret.
func (c *Client) RefuseSecret(err *Error, secret string) {
	c.OpenBreaker(err, Secrets{secret}.Fingerprint())
}

// NoticeSecret closes the breaker if secret is another one than was refused.
func (c *Client) NoticeSecret(secret string) {
	if o := c.breaker.opened(); o != nil && o.refused != (Secrets{secret}).Fingerprint() {
		c.breaker.close(o)
	}
}
