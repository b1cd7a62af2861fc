package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-systemd/dbus"
)

const (
	// As many updates may wait; what comes when they do is lost, and told as an error.
	capacity = 10_000
	// It hands on neither jobs nor the order of signals, so that silence alone says that all has been told.
	quiet = 5 * time.Second
)

// task is what reader.py is told, too.
type task struct {
	own              bool
	watchers, rounds int
	units            []string
}

func readTask(words []string) *task {
	numbers := map[int]int{}
	for _, place := range []int{1, 2, 4} {
		number, err := strconv.Atoi(words[place])
		must(err)
		numbers[place] = number
	}
	t := &task{own: words[0] == "own", watchers: numbers[1], rounds: numbers[2]}
	for number := 0; number < numbers[4]; number++ {
		t.units = append(t.units, fmt.Sprintf("%s-%03d.target", words[3], number))
	}
	return t
}

// watcher has a channel of its own, and knows what it is about.
type watcher struct {
	updates chan *dbus.PropertiesUpdate
	units   map[string]bool
	states  map[string]string
	events  int
	flips   []int64
	ended   int64
}

func (t *task) watcher(number int) *watcher {
	w := &watcher{
		updates: make(chan *dbus.PropertiesUpdate, capacity),
		units:   map[string]bool{},
		states:  map[string]string{},
		flips:   []int64{},
	}
	for place, unit := range t.units {
		if !t.own || place%t.watchers == number {
			w.units[unit] = true
			w.states[unit] = "active"
		}
	}
	return w
}

func (w *watcher) follow() {
	for update := range w.updates {
		if !w.units[update.UnitName] {
			continue
		}
		w.events++
		w.ended = time.Now().UnixNano()
		if state, ok := update.Changed["ActiveState"].Value().(string); ok && w.states[update.UnitName] != state {
			w.states[update.UnitName] = state
			w.flips = append(w.flips, w.ended)
		}
	}
}

// handOut gives each update to whoever is about it: a connection has one subscriber. It ends with silence.
func handOut(updates <-chan *dbus.PropertiesUpdate, watchers []*watcher) {
	silence := time.NewTimer(time.Hour)
	for {
		select {
		case update := <-updates:
			silence.Reset(quiet)
			for _, w := range watchers {
				if w.units[update.UnitName] {
					w.updates <- update
				}
			}
		case <-silence.C:
			for _, w := range watchers {
				close(w.updates)
			}
			return
		}
	}
}

func watch(endpoint string, t *task) {
	conn, err := connect(endpoint)
	must(err)
	updates := make(chan *dbus.PropertiesUpdate, capacity)
	lost := make(chan error, capacity)
	conn.SetPropertiesSubscriber(updates, lost)
	must(conn.Subscribe())
	watchers := make([]*watcher, t.watchers)
	var all sync.WaitGroup
	for number := range watchers {
		w := t.watcher(number)
		watchers[number] = w
		all.Add(1)
		go func() {
			defer all.Done()
			w.follow()
		}()
	}
	fmt.Println("ready")
	handOut(updates, watchers)
	all.Wait()
	events, ended := 0, int64(0)
	for _, w := range watchers {
		events += w.events
		if w.ended > ended {
			ended = w.ended
		}
	}
	say(map[string]interface{}{
		"ended": ended, "events": events, "gaps": len(lost), "flips": watchers[0].flips, "delay": nil,
	})
	_, err = io.Copy(io.Discard, os.Stdin)
	must(err)
}
