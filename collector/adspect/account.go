package adspect

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

var (
	savedQueries = &metric.Spec{
		Name: "saved_queries", Source: "HEAD /reports", Families: []*metric.Family{queries, queryLimit},
	}
	account = &metric.Spec{
		Name: "account", Source: "GET /account",
		Families: []*metric.Family{balance, expiry, comsignExpiry, comsignLimit, comsignExtraLimit},
	}
)

var (
	queries    = metric.NewFamily("adspect_saved_queries", "Number of saved queries of the account.")
	queryLimit = metric.NewFamily("adspect_saved_queries_limit", "Number of saved queries that an account may have.")
	balance    = metric.NewFamily("adspect_account_balance", "Balance of the account, in its currency.")
	expiry     = metric.NewFamily("adspect_account_expiry_timestamp_seconds",
		"End of the account's subscription.")
	comsignExpiry = metric.NewFamily("adspect_account_comsign_expiry_timestamp_seconds",
		"End of the account's Comsign.")
	comsignLimit      = metric.NewFamily("adspect_account_comsign_limit", "Limit of the account's Comsign.")
	comsignExtraLimit = metric.NewFamily("adspect_account_comsign_extra_limit",
		"Extra limit of the account's Comsign.")
)

func (r *reader) savedQueries(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	count, err := r.client.SavedQueries(ctx)
	if err != nil {
		return err
	}
	b.Count(queries, count)
	b.Value(queryLimit, adspect.MaxSavedQueries)
	return nil
}

func (r *reader) account(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	account, err := r.client.Account(ctx)
	if err != nil {
		return err
	}
	b.Number(balance, account.Balance)
	b.UnixSeconds(expiry, account.Expires)
	b.UnixSeconds(comsignExpiry, account.ComsignExpires)
	b.Count(comsignLimit, account.ComsignLimit)
	b.Count(comsignExtraLimit, account.ComsignExtraLimit)
	b.AddMissing(len(account.Absent))
	return nil
}
