// What a user of go-systemd writes to do what pm2go does: see README.md in the folder above.
//
// `serve private|bus` takes lines of `ROW COUNT` and answers each with the seconds of every run; `watch` takes what
// reader.py takes, and tells what that tells.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/dbus"
)

// connect takes systemd's own socket, or the message bus.
func connect(endpoint string) (*dbus.Conn, error) {
	if endpoint == "private" {
		return dbus.NewSystemdConnectionContext(context.Background())
	}
	return dbus.NewSystemConnectionContext(context.Background())
}

// must ends the program: whatever goes wrong, the bench has to know.
func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func say(told interface{}) {
	line, err := json.Marshal(told)
	must(err)
	fmt.Println(string(line))
}

func serve(endpoint string) {
	peer := newPeer(endpoint)
	fmt.Println(strings.Join(rowNames, " "))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		count, err := strconv.Atoi(words[1])
		must(err)
		var answer interface{}
		times := []float64{}
		for ; count > 0; count-- {
			begin := time.Now()
			answer, err = peer.row(words[0])
			times = append(times, time.Since(begin).Seconds())
			must(err)
		}
		say(map[string]interface{}{"times": times, "answer": answer})
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		serve(os.Args[2])
	} else if len(os.Args) == 8 && os.Args[1] == "watch" {
		watch(os.Args[2], readTask(os.Args[3:]))
	} else {
		log.Fatal("serve ENDPOINT, or watch ENDPOINT WAY WATCHERS ROUNDS FAMILY UNITS")
	}
}
