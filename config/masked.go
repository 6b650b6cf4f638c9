package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/units"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"
)

// Masked returns the effective configuration as YAML, with every default filled in and <secret> for each secret. Files
// are named, not shown.
func (c *Config) Masked() ([]byte, error) {
	var out bytes.Buffer
	if err := writeMasked(&out, map[string]any{"global": masked(c.Global)}, ""); err != nil {
		return nil, err
	}
	for _, v := range c.Vendors {
		for i, account := range v.Accounts {
			// One by one: written at once, thousands of accounts take a hundred times the text's memory.
			written := ""
			if i > 0 {
				written = v.Vendor + ":\n"
			}
			if err := writeMasked(&out, map[string][]any{v.Vendor: {masked(account)}}, written); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

// writeMasked writes a part of the configuration, without the line that is written already.
func writeMasked(out *bytes.Buffer, part any, written string) error {
	b, err := yaml.Dump(part)
	if err != nil {
		return fmt.Errorf("write the effective configuration: %w", err)
	}
	out.Write(bytes.TrimPrefix(b, []byte(written)))
	return nil
}

// masked returns a struct of the configuration as a value to write as YAML, by the tags of its fields (see
// VendorAccount) and without its secrets.
func masked(config any) any {
	var m maskedFields
	m.add(reflect.Indirect(reflect.ValueOf(config)))
	return m.value()
}

// maskedFields are keys and their values, in order.
type maskedFields struct {
	fields []reflect.StructField
	values []any
}

// add adds the fields of a struct, and those of the structs that it embeds.
func (m *maskedFields) add(config reflect.Value) {
	for i := range config.NumField() {
		field, value := config.Type().Field(i), config.Field(i)
		name, ok := maskedName(field)
		switch {
		case field.Anonymous:
			m.add(value)
		case !ok || strings.Contains(field.Tag.Get("yaml"), ",omitempty") && isEmpty(value):
		case field.Type == reflect.TypeFor[Secret]():
			inline, file := value.Interface().(Secret).masked() //nolint:errcheck // it is a Secret
			if file != "" {
				m.addKey(name+"_file", file)
			} else {
				m.addKey(name, inline)
			}
		default:
			m.addKey(name, maskedValue(value, field.Tag.Get("shown")))
		}
	}
}

func (m *maskedFields) addKey(name string, value any) {
	m.fields = append(m.fields, reflect.StructField{
		Name: fmt.Sprintf("Key%d", len(m.fields)), Type: reflect.TypeFor[any](), Tag: reflect.StructTag(`yaml:"` + name + `"`),
	})
	m.values = append(m.values, value)
}

// value returns a struct with the keys: YAML keeps the order of its fields, and has no ordered map.
func (m *maskedFields) value() any {
	v := reflect.New(reflect.StructOf(m.fields)).Elem()
	for i, value := range m.values {
		v.Field(i).Set(reflect.ValueOf(value))
	}
	return v.Interface()
}

// maskedName returns the key of a field, false if the file has no such key.
func maskedName(field reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return name, name != ""
}

// isEmpty reports whether omitempty leaves a value out.
func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}

// maskedValue returns the value of a field as it is written. shown is the field's tag: a text that stands for the
// value, "bytes" for a size, or "NO|YES" for a flag that the file has as one of two words.
func maskedValue(v reflect.Value, shown string) any {
	no, yes, words := strings.Cut(shown, "|")
	switch {
	case words && v.Bool():
		return yes
	case words:
		return no
	case shown == "bytes":
		return units.Base2Bytes(v.Int())
	case shown != "":
		return shown
	}
	switch value := v.Interface().(type) {
	case time.Duration:
		return model.Duration(value)
	case *time.Location:
		if value == nil {
			return ""
		}
		return value.String()
	case *promconfig.HTTPClientConfig:
		return maskedHTTPClient(value)
	case yaml.Marshaler:
		return value
	}
	switch v.Kind() {
	case reflect.Struct:
		return masked(v.Interface())
	case reflect.Pointer:
		return masked(v.Elem().Interface())
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = maskedValue(v.Index(i), "")
		}
		return list
	case reflect.Map:
		all := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			all[key.String()] = maskedValue(v.MapIndex(key), "")
		}
		return all
	default:
		return v.Interface()
	}
}

// A type that holds secrets prints and marshals as its masked form. A vendor's account has these methods from Account
// that it embeds, and so shows only the keys that all vendors have, if it is not printed as a part of Config.

// Format prints the configuration with its secrets masked, for every verb.
func (c Config) Format(f fmt.State, _ rune) { formatMasked(f, c) }

// MarshalJSON returns the configuration with its secrets masked.
func (c Config) MarshalJSON() ([]byte, error) { return maskedJSON(c) }

// MarshalYAML returns the configuration with its secrets masked.
func (c Config) MarshalYAML() (any, error) {
	var m maskedFields
	m.addKey("global", masked(c.Global))
	for _, v := range c.Vendors {
		accounts := make([]any, len(v.Accounts))
		for i, account := range v.Accounts {
			accounts[i] = masked(account)
		}
		m.addKey(v.Vendor, accounts)
	}
	return m.value(), nil
}

// Format prints the section with its secrets masked, for every verb.
func (g Global) Format(f fmt.State, _ rune) { formatMasked(f, g) }

// MarshalJSON returns the section with its secrets masked.
func (g Global) MarshalJSON() ([]byte, error) { return maskedJSON(g) }

// MarshalYAML returns the section with its secrets masked.
func (g Global) MarshalYAML() (any, error) { return masked(g), nil }

// Format prints the account with its secrets masked, for every verb.
func (a Account) Format(f fmt.State, _ rune) { formatMasked(f, a) }

// MarshalJSON returns the account with its secrets masked.
func (a Account) MarshalJSON() ([]byte, error) { return maskedJSON(a) }

// MarshalYAML returns the account with its secrets masked.
func (a Account) MarshalYAML() (any, error) { return masked(a), nil }

// formatMasked prints a value on one line, as its MarshalYAML masks it.
func formatMasked(f fmt.State, shown yaml.Marshaler) {
	b, err := maskedJSON(shown)
	if err != nil {
		b = []byte("<configuration>")
	}
	_, _ = f.Write(b)
}

// maskedJSON returns a value as JSON, as its MarshalYAML masks it. It goes by way of YAML, whose tags the types of
// prometheus/common and ours have in common.
func maskedJSON(shown yaml.Marshaler) ([]byte, error) {
	b, err := yaml.Dump(shown)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Load(b, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // <secret> stays readable in a log
	if err := enc.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
