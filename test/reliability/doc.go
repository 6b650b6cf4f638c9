// Package reliability holds the tests that the exporter stays up, whatever a vendor does: each endpoint of each vendor
// meets each fault, and what comes of it stands in docs/faults.md.
package reliability
