// Sends HTTP requests at fixed times, whatever the answers do, and repeats none of them: what fails, failed.
//
//	load -seconds 60 [-host NAME] [-header 'NAME: VALUE'] [-body BYTES] NAME=KIND,RATE,URL ...
//
// KIND is "new" (a connection for each request) or "kept" (connections that are used again), with "-post" for a POST
// with a body, which -body makes longer. RATE is requests a second. It ends after its time or with SIGTERM, waits for the
// answers that are still due, and writes one JSON object to standard output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	patience = 30 * time.Second
	// A request that leaves later than this was kept waiting by the machine, not by a server.
	tolerance = 100 * time.Millisecond
	body      = `{"title":"a body that a server has to read"}`
	// Failures that are described one by one; all of them are counted.
	described = 500
)

// Failure is a request that did not end with 200 and a whole body.
type Failure struct {
	At     float64 `json:"at"` // seconds since 1970
	Stream string  `json:"stream"`
	Kind   string  `json:"kind"`
	After  float64 `json:"afterMs"`
	// How many requests its connection had carried before.
	Carried int `json:"carried"`
}

// Stream is one sort of traffic, and what became of it.
type Stream struct {
	Sent     int            `json:"sent"`
	Answered int            `json:"answered"`
	Failed   int            `json:"failed"`
	Kinds    map[string]int `json:"kinds"`
	Versions map[string]int `json:"versions"`
	Late     int            `json:"late"`
	Latest   float64        `json:"latestMs"`
	Slowest  float64        `json:"slowestMs"`

	name    string
	request string
	address string
	keeps   bool
	gap     time.Duration
	lock    sync.Mutex
	idle    []*connection
}

type connection struct {
	net.Conn
	reader  *bufio.Reader
	carried int
	// What became of the connection while nobody used it.
	rested chan error
}

var (
	pending  sync.WaitGroup
	lock     sync.Mutex
	failures = []Failure{}
)

func main() {
	seconds := flag.Float64("seconds", 60, "how long to send")
	host := flag.String("host", "", "what each request asks for, where it is not the host of its URL")
	header := flag.String("header", "", "what each request says besides")
	length := flag.Int("body", 0, "bytes of a body, where they are more than it has by itself")
	flag.Parse()
	streams := map[string]*Stream{}
	for _, text := range flag.Args() {
		stream, err := parse(text, *host, *header, *length)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		streams[stream.name] = stream
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	begin := time.Now()
	stop := make(chan struct{})
	var senders sync.WaitGroup
	for _, stream := range streams {
		senders.Add(1)
		go func() {
			defer senders.Done()
			stream.send(stop)
		}()
	}
	select {
	case <-signals:
	case <-time.After(time.Duration(*seconds * float64(time.Second))):
	}
	close(stop)
	senders.Wait()
	pending.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"begin": unix(begin), "end": unix(time.Now()), "streams": streams, "failures": failures,
	})
}

func parse(text, host, header string, length int) (*Stream, error) {
	name, rest, _ := strings.Cut(text, "=")
	parts := strings.SplitN(rest, ",", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not NAME=KIND,RATE,URL", text)
	}
	kind, posts := strings.CutSuffix(parts[0], "-post")
	if kind != "new" && kind != "kept" {
		return nil, fmt.Errorf("%q is not new, kept, new-post or kept-post", parts[0])
	}
	rate, err := strconv.ParseFloat(parts[1], 64)
	if err != nil || rate <= 0 {
		return nil, fmt.Errorf("%q is not a rate", parts[1])
	}
	target, err := url.Parse(parts[2])
	if err != nil {
		return nil, err
	}
	address := target.Host
	if target.Port() == "" {
		address = net.JoinHostPort(target.Hostname(), "80")
	}
	if host == "" {
		host = target.Host
	}
	head, content := "GET", ""
	if posts {
		// JSON may end in blanks.
		head, content = "POST", body+strings.Repeat(" ", max(0, length-len(body)))
	}
	head += " " + target.RequestURI() + " HTTP/1.1\r\nHost: " + host + "\r\n"
	if header != "" {
		head += header + "\r\n"
	}
	if posts {
		head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(content)) + "\r\n"
	}
	if kind == "new" {
		head += "Connection: close\r\n"
	}
	return &Stream{
		name: name, address: address, keeps: kind == "kept", request: head + "\r\n" + content,
		gap: time.Duration(float64(time.Second) / rate), Kinds: map[string]int{}, Versions: map[string]int{},
	}, nil
}

// send starts a request each time that one is due. What the machine made late is caught up with.
func (s *Stream) send(stop <-chan struct{}) {
	for due := time.Now(); ; due = due.Add(s.gap) {
		select {
		case <-stop:
			return
		case <-time.After(time.Until(due)):
		}
		pending.Add(1)
		go func() {
			defer pending.Done()
			s.one(due)
		}()
	}
}

func (s *Stream) one(due time.Time) {
	start := time.Now()
	c, kind := s.connect(start)
	version, again, carried := "", false, 0
	if kind == "" {
		carried = c.carried
		version, again, kind = s.exchange(c, start)
	}
	after := milliseconds(time.Since(start))
	if again {
		s.rest(c)
	} else if c != nil {
		_ = c.Close()
	}

	s.lock.Lock()
	defer s.lock.Unlock()
	s.Sent++
	late := start.Sub(due)
	if late > tolerance {
		s.Late++
	}
	s.Latest = max(s.Latest, milliseconds(late))
	if kind == "" {
		s.Answered++
		s.Versions[version]++
		s.Slowest = max(s.Slowest, after)
		return
	}
	s.Failed++
	s.Kinds[kind]++
	lock.Lock()
	defer lock.Unlock()
	if len(failures) < described {
		failures = append(failures, Failure{At: unix(time.Now()), Stream: s.name, Kind: kind, After: after, Carried: carried})
	}
}

// connect gives a connection that was kept, or a new one.
func (s *Stream) connect(start time.Time) (*connection, string) {
	if s.keeps {
		if c := s.wake(); c != nil {
			return c, ""
		}
	}
	dialer := net.Dialer{Deadline: start.Add(patience)}
	raw, err := dialer.Dial("tcp", s.address)
	if err != nil {
		return nil, "connect: " + reason(err)
	}
	return &connection{Conn: raw, reader: bufio.NewReader(raw)}, ""
}

func (s *Stream) exchange(c *connection, start time.Time) (version string, again bool, kind string) {
	_ = c.SetDeadline(start.Add(patience))
	reused := ""
	if c.carried > 0 {
		reused = " of a kept connection"
	}
	if _, err := io.WriteString(c, s.request); err != nil {
		return "", false, "write" + reused + ": " + reason(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", false, "read" + reused + ": " + reason(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "", false, "body" + reused + ": " + reason(err)
	}
	if response.StatusCode != http.StatusOK {
		return "", s.keeps && !response.Close, "status " + strconv.Itoa(response.StatusCode)
	}
	return response.Header.Get("X-Seda-Version"), s.keeps && !response.Close, ""
}

// rest keeps a connection for the next request, and watches for its end meanwhile, as every client that keeps
// connections does.
func (s *Stream) rest(c *connection) {
	c.carried++
	_ = c.SetDeadline(time.Time{})
	c.rested = make(chan error, 1)
	s.lock.Lock()
	s.idle = append(s.idle, c)
	s.lock.Unlock()
	go func() {
		_, err := c.reader.Peek(1)
		if err == nil {
			err = errors.New("an answer that nobody asked for")
		}
		c.rested <- err
	}()
}

// wake takes the connection that has rested for longest, so that all of them are used; those that ended are dropped.
func (s *Stream) wake() *connection {
	for {
		s.lock.Lock()
		if len(s.idle) == 0 {
			s.lock.Unlock()
			return nil
		}
		c := s.idle[0]
		s.idle = s.idle[1:]
		s.lock.Unlock()
		_ = c.SetReadDeadline(time.Unix(1, 0))
		if err := <-c.rested; errors.Is(err, os.ErrDeadlineExceeded) {
			return c
		}
		_ = c.Close()
	}
}

func reason(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	}
	return err.Error()
}

func unix(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
