import java.util.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*; import java.util.concurrent.locks.*;
public class Threads {
  public static void main(String[] a) throws Exception {
    ExecutorService ex=Executors.newFixedThreadPool(4); AtomicLong sum=new AtomicLong(); List<Future<Long>> fs=new ArrayList<>();
    for(int i=0;i<16;i++){ final int k=i; fs.add(ex.submit(()->{ long s=0; List<byte[]> l=new ArrayList<>(); for(int j=0;j<20000;j++){ l.add(new byte[512]); if(l.size()>100) l.clear(); s+=j*k; sum.incrementAndGet(); } return s; })); }
    long t=0; for(var f:fs) t+=f.get(); ex.shutdown(); System.out.println(t+" "+sum.get());
    final int[] c={0}; Object lock=new Object(); Thread[] ts=new Thread[8]; for(int i=0;i<8;i++){ ts[i]=new Thread(()->{ for(int j=0;j<20000;j++) synchronized(lock){ c[0]++; } }); ts[i].start(); } for(var x:ts) x.join(); System.out.println(c[0]);
    try(var vt=Executors.newVirtualThreadPerTaskExecutor()){ var q=new LinkedBlockingQueue<Integer>(); for(int i=0;i<200;i++){ int k=i; vt.submit(()->{ Thread.sleep(1); q.put(k); return 0; }); } int s=0; for(int i=0;i<200;i++) s+=q.take(); System.out.println(s); }
    Map<Integer,String> h=new ConcurrentHashMap<>(); for(int i=0;i<200000;i++) h.put(i,"v"+i); System.gc(); System.out.println(h.size()+" "+h.get(777));
    var rl=new ReentrantLock(); var cond=rl.newCondition(); boolean[] go={false}; Thread w=new Thread(()->{ rl.lock(); try { while(!go[0]) cond.awaitUninterruptibly(); System.out.println("woken"); } finally { rl.unlock(); } }); w.start(); Thread.sleep(20); rl.lock(); go[0]=true; cond.signalAll(); rl.unlock(); w.join();
    Thread z=new Thread(()->{ try { Thread.sleep(100000);} catch(InterruptedException e){ System.out.println("int"); } }); z.start(); z.interrupt(); z.join();
    Runtime.getRuntime().addShutdownHook(new Thread(()->System.out.println("hook")));
    System.exit(3);
  }
}
