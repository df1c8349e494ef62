import java.util.*; import java.util.stream.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*;
public class Values {
  sealed interface S permits C,R {} record C(double r) implements S {} record R(double w,double h) implements S {}
  static double area(S s){ return switch(s){ case C c -> Math.PI*c.r()*c.r(); case R r -> r.w()*r.h(); }; }
  static int fib(int n){ return n<2?n:fib(n-1)+fib(n-2); }
  public static void main(String[] a) throws Exception {
    System.out.println("hello "+String.join(",",a)+" "+fib(30));
    double t=0; for(int i=0;i<2000000;i++){ S s = (i&1)==0? new C(i%7): new R(i%5,i%3); t+=area(s);} System.out.printf("%.3f%n",t);
    Map<String,Integer> m=new TreeMap<>(); for(int i=0;i<100000;i++) m.merge("k"+i%100,1,Integer::sum); System.out.println(m.size()+" "+m.get("k7"));
    System.out.println(IntStream.range(0,100000).parallel().mapToLong(x->(long)x*x).sum());
    String n=null; int npe=0; for(int i=0;i<20000;i++){ try { if(i%2==0) n.length(); else npe++; } catch(NullPointerException e){ npe+=2; } } System.out.println(npe);
    try { int z=a.length-a.length; System.out.println(1/z);} catch(ArithmeticException e){System.out.println(e.getMessage());}
    try { rec(0);} catch(StackOverflowError e){System.out.println("so");}
  }
  static int rec(int n){ return rec(n+1)+1; }
}
