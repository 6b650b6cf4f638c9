package core

// Million is the unit of all rates. Whole parts per million keep sums exact; floating point would not.
const Million = 1_000_000

// Scale returns x times a rate in parts per million, rounded down. If x grows by 1 and the rate is at most a million,
// the result grows by at most 1. So each stage of a funnel stays below the one before it.
func Scale(x, perMillion int64) int64 {
	// Split, so that neither product overflows for any count of the simulator.
	return x/Million*perMillion + x%Million*perMillion/Million
}

// Noise is a number that looks random and depends only on the seed and the labels from which it is made.
type Noise uint64

// With returns the noise with one more label.
func (n Noise) With(label string) Noise {
	h := uint64(n)
	for i := range len(label) {
		h = (h ^ uint64(label[i])) * 1099511628211 // FNV-1a
	}
	return Noise(mix(h ^ 0xff)) // ends the label: "ab","c" is not "a","bc"
}

// WithInt returns the noise with one more label, which is a number.
func (n Noise) WithInt(i int64) Noise { return Noise(mix(uint64(n) ^ mix(uint64(i)))) }

// Between returns a number in [low, high], each as likely as any other.
func (n Noise) Between(low, high int64) int64 {
	return low + int64(uint64(n)%uint64(high-low+1))
}

// mix lets each bit of x change all others (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Pick returns an entry of a list, each as likely as any other.
func Pick(list []string, n Noise) string { return list[n.Between(0, int64(len(list))-1)] }
