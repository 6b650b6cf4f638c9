package config

// Vendors returns the vendors that the exporter can read, in the order of the documents.
func Vendors() []Vendor {
	return []Vendor{GetuiVendor(), PolyvVendor(), AdspectVendor(), SensorsdataVendor(), QuanshiVendor()}
}
