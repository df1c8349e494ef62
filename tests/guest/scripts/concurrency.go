package main
import ("fmt";"sync";"sort";"runtime";"time";"os";"strings";"crypto/sha256";"encoding/json")
type P struct{ X,Y int; N string }
func main(){
 runtime.GOMAXPROCS(4)
 var wg sync.WaitGroup; ch:=make(chan int,10); var mu sync.Mutex; m:=map[int]int{}
 for i:=0;i<50;i++{ wg.Add(1); go func(k int){ defer wg.Done(); for j:=0;j<2000;j++{ ch<-k*j } }(i) }
 go func(){ wg.Wait(); close(ch) }()
 t:=0; for v:=range ch { t+=v; mu.Lock(); m[v%97]++; mu.Unlock() }
 fmt.Println(t,len(m))
 ks:=[]int{}; for k:=range m { ks=append(ks,k) }; sort.Ints(ks); fmt.Println(ks[:5])
 func(){ defer func(){ fmt.Println("rec:",recover()) }(); var p *P; fmt.Println(p.X) }()
 func(){ defer func(){ fmt.Println("rec:",recover()) }(); z:=len(os.Args)-1; fmt.Println(1/z) }()
 b,_:=json.Marshal(P{1,2,strings.Repeat("a",3)}); fmt.Println(string(b), fmt.Sprintf("%x",sha256.Sum256(b))[:16])
 var keep [][]byte; for i:=0;i<20000;i++{ x:=make([]byte,1024); if i%100==0 {keep=append(keep,x)} }; runtime.GC(); fmt.Println(len(keep))
 done:=make(chan bool); go func(){ x:=0; for { x++; select{ case <-done: return; default: } } }(); time.Sleep(20*time.Millisecond); close(done)
 go func(){ for { } }(); time.Sleep(30*time.Millisecond); runtime.GC(); fmt.Println("preempted")
 f:=0.0; for i:=1;i<3000000;i++ { f+=1/float64(i)}; fmt.Printf("%.10f\n",f)
 os.Exit(4)
}
