//go:build race

package quanshi_test

const raceDetector = true
