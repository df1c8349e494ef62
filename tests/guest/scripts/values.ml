module M=Map.Make(Int)
let rec fib n = if n<2 then n else fib(n-1)+fib(n-2)
exception E of int
let () = Printf.printf "%d %.6f\n" (fib 30) (sqrt 2.); let m=List.fold_left (fun m i->M.add (i mod 1000) i m) M.empty (List.init 100000 Fun.id) in Printf.printf "%d\n" (M.cardinal m);
 (try raise (E 3) with E n -> Printf.printf "E %d\n" n); (try ignore (1/(Array.length Sys.argv -1)) with Division_by_zero -> print_endline "dz");
 (let rec f n = 1+f(n+1) in try ignore(f 0) with Stack_overflow -> print_endline "so");
 let d=List.init 2 (fun k->Domain.spawn (fun ()-> let s=ref 0 in for i=1 to 1000000 do s:= (!s + i*k) mod 1000003 done; !s)) in List.iter (fun d->Printf.printf "%d\n" (Domain.join d)) d;
 let h=Hashtbl.create 10 in for i=1 to 200000 do Hashtbl.replace h (string_of_int (i mod 5000)) i done; Printf.printf "%d\n" (Hashtbl.length h)
