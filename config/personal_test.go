package config_test

import (
	"fmt"
	"testing"

	"github.com/engage-exporter/engage_exporter/config"
)

func TestPersonal(t *testing.T) {
	c := parse(t, `
adspect: [{account: a, api_key: k, funnels: [
  {name: f, group_by: [], filters: {ip_address: [192.0.2.7, 192.0.2.8], click_id: [click], sub_id: [sub], os: [iOS]}},
  {name: g, group_by: [], filters: {ip_address: [192.0.2.7]}}, {name: h, group_by: []}]}, {account: b, api_key: k}]
sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [
  {name: c, filter: {conditions: [{field: user.phone, function: equal, params: [13800000000123456789, "", true, null, 1.50, {deep: [planted]}]}], relation: and}},
  {name: d, filter: {field: user.level, params: gold, params_of: none}}]}]`)
	equal(t, "Adspect", fmt.Sprint(accounts[config.Adspect](c, "adspect")[0].Personal()), "[192.0.2.7 192.0.2.8 click sub]")
	equal(t, "Adspect without filters", fmt.Sprint(accounts[config.Adspect](c, "adspect")[1].Personal()), "[]")
	equal(t, "Sensors Data", fmt.Sprint(accounts[config.Sensorsdata](c, "sensorsdata")[0].Personal()), "[1.50 13800000000123456789 gold planted]")
}
