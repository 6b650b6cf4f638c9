package reliability

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// authority signs certificates, as one that a configuration may name.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// certificates are what the vendors show, and what an impostor does.
type certificates struct {
	authority string // PEM, for tls_config
	vendors   tls.Certificate
	impostor  tls.Certificate
}

var makeCertificates = sync.OnceValue(func() certificates {
	trusted, other := newAuthority("Test Authority"), newAuthority("Authority of Nobody")
	return certificates{
		authority: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.certificate.Raw})),
		vendors:   trusted.sign("vendors"),
		impostor:  other.sign("impostor"),
	}
})

// The bubbles' time lies between these.
var validFrom, validTo = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)

func newAuthority(name string) authority {
	a := authority{key: newKey()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: validFrom, NotAfter: validTo,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.certificate = create(template, template, &a.key.PublicKey, a.key)
	return a
}

// sign makes a certificate for all hosts of the tests.
func (a authority) sign(name string) tls.Certificate {
	key := newKey()
	leaf := create(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: validFrom, NotAfter: validTo,
		DNSNames: []string{"*.test"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.certificate, &key.PublicKey, a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("making a key: %v", err))
	}
	return key
}

func create(template, parent *x509.Certificate, public *ecdsa.PublicKey, signer *ecdsa.PrivateKey) *x509.Certificate {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err == nil {
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(raw); err == nil {
			return c
		}
	}
	panic(fmt.Sprintf("making a certificate: %v", err))
}
