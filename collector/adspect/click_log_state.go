package adspect

import (
	"maps"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// clickLogState is what a read of the click log keeps for the next one.
type clickLogState struct {
	Day int64 // when it began, in Unix seconds

	From   time.Time
	Counts []clickCountState
	Stages []clickStageState

	Lost, LostNow int
	First         clickCountState
	FirstValue    string

	Events int
	Absent []string
}

// clickCountState is one count. Before and At are its events before From, and at From; Kept is false for a count that
// there was no room for.
type clickCountState struct {
	Stream, Stage, Page string
	Before, At          float64 `json:",omitzero"`
	Kept                bool
}

// clickStageState is the newest event of one stage of a stream.
type clickStageState struct {
	Stream, Stage string
	Last          time.Time
}

// newClickLog returns the log of a day, which continues what the last read kept if that was of the same day.
func newClickLog(kept metric.Kept, day metric.Day, limit int) *clickLog {
	l := &clickLog{
		limit: limit, room: limit, from: day.Start,
		before: map[clickCount]float64{}, at: map[clickCount]float64{}, last: map[clickStage]time.Time{},
		kept: map[clickCount]bool{}, stages: map[clickStage]bool{},
		absent: map[string]bool{"stream_id": true, "sequence": true},
	}
	var s clickLogState
	if !kept.Decode(&s) || s.Day != day.Start.Unix() || s.From.After(day.End) {
		return l
	}
	l.from = s.From
	for _, c := range s.Counts {
		count := clickCount{c.Stream, c.Stage, c.Page}
		l.kept[count] = c.Kept
		if !c.Kept {
			continue
		}
		if c.Before > 0 {
			l.before[count] = c.Before
		}
		if c.At > 0 {
			l.at[count] = c.At
		}
		l.room--
		if stage := (clickStage{c.Stream, c.Stage}); !l.stages[stage] {
			l.stages[stage] = true
			l.room--
		}
	}
	for _, stage := range s.Stages {
		l.last[clickStage{stage.Stream, stage.Stage}] = stage.Last
	}
	l.lost, l.lostNow = s.Lost, s.LostNow
	l.first = lostEvent{clickCount{s.First.Stream, s.First.Stage, s.First.Page}, s.FirstValue}
	l.events, l.absent = s.Events, map[string]bool{}
	for _, column := range s.Absent {
		l.absent[column] = true
	}
	return l
}

// state returns what the next read of the day continues from.
func (l *clickLog) state(day metric.Day) clickLogState {
	from, before, at := l.from, l.before, l.at
	if from.After(l.settled) {
		from, before, at = l.settled, maps.Clone(l.before), l.edge
		add(before, l.at, 1)
		add(before, l.late, -1)
	}
	s := clickLogState{
		Day: day.Start.Unix(), From: from, Lost: l.lost, LostNow: l.lostNow,
		First:      clickCountState{Stream: l.first.stream, Stage: l.first.stage, Page: l.first.page},
		FirstValue: l.first.value, Events: l.events, Absent: slices.Sorted(maps.Keys(l.absent)),
	}
	for c, kept := range l.kept {
		s.Counts = append(s.Counts, clickCountState{c.stream, c.stage, c.page, before[c], at[c], kept})
	}
	for stage, last := range l.last {
		s.Stages = append(s.Stages, clickStageState{stage.stream, stage.stage, last})
	}
	return s
}
