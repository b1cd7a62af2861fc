package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/coreos/go-systemd/dbus"
)

const (
	service       = "bench.service"
	target        = "bench-job.target"
	threads       = 64
	callsOfThread = 50
	// dbus-daemon refuses the 129th unanswered call of a connection.
	atOnce = 100
)

var rowNames = []string{"property", "list", "job", "connect", "gather64", "gather256", "threads64"}

type peer struct {
	endpoint string
	conn     *dbus.Conn
}

func newPeer(endpoint string) *peer {
	conn, err := connect(endpoint)
	must(err)
	// Without this systemd tells nobody on a bus that a job has ended.
	must(conn.Subscribe())
	return &peer{endpoint, conn}
}

func activeState(conn *dbus.Conn) (interface{}, error) {
	found, err := conn.GetUnitPropertyContext(context.Background(), service, "ActiveState")
	if err != nil {
		return nil, err
	}
	return found.Value.Value(), nil
}

func (p *peer) row(name string) (interface{}, error) {
	switch name {
	case "property":
		return activeState(p.conn)
	case "list":
		return p.list()
	case "job":
		return p.stopAndStart()
	case "connect":
		return p.connectAndAsk()
	case "gather64":
		return 64, p.together(64, 1, 64)
	case "gather256":
		return 256, p.together(256, 1, atOnce)
	case "threads64":
		return nil, p.together(threads, callsOfThread, threads)
	}
	return nil, fmt.Errorf("there is no row %s", name)
}

func (p *peer) list() ([][]string, error) {
	units, err := p.conn.ListUnitsContext(context.Background())
	rows := make([][]string, 0, len(units))
	for _, u := range units {
		rows = append(rows, []string{u.Name, u.Description, u.LoadState, u.ActiveState, u.SubState})
	}
	return rows, err
}

func (p *peer) stopAndStart() (string, error) {
	ended := make(chan string, 1)
	if _, err := p.conn.StopUnitContext(context.Background(), target, "replace", ended); err != nil {
		return "", err
	}
	<-ended
	if _, err := p.conn.StartUnitContext(context.Background(), target, "replace", ended); err != nil {
		return "", err
	}
	return <-ended, nil
}

func (p *peer) connectAndAsk() (interface{}, error) {
	conn, err := connect(p.endpoint)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return activeState(conn)
}

// together asks from so many goroutines, so often each, but never more at once than allowed.
func (p *peer) together(goroutines, calls, allowed int) error {
	admitted := make(chan struct{}, allowed)
	failed := make(chan error, goroutines)
	var all sync.WaitGroup
	for ; goroutines > 0; goroutines-- {
		all.Add(1)
		go func() {
			defer all.Done()
			for call := 0; call < calls; call++ {
				admitted <- struct{}{}
				_, err := activeState(p.conn)
				<-admitted
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
