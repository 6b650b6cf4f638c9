package metric

// Quota is one limit that a vendor sets on what an account may send today.
type Quota struct {
	// Channel and Kind say what is limited, in the values of the labels channel and kind.
	Channel, Kind string
	// ChannelName is the channel in words; "" if there are none.
	ChannelName string
	// Limit is known of every quota. Remaining, and Requested, which is what was requested of it, are −1 if the vendor
	// does not send them.
	Limit, Remaining, Requested float64
	// Used is the part of the limit that is used up, 0–1: by what remains, else by what was requested; 1 if the vendor
	// says that it is exhausted.
	Used float64
	// Exhausted is true if the vendor says that the quota is used up.
	Exhausted bool
}
