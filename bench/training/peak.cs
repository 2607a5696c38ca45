// The most multiply-adds that this machine does in singles: dotnet run -c Release bench/training/peak.cs THREADS
// Twelve independent sums in the widest vectors, nothing read from memory; the best of many short rounds. Prints GFLOP/s.
#:property PublishAot=false
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

const int Turns = 2_000_000;
const int Sums = 12;
var threads = int.Parse(args[0], CultureInfo.InvariantCulture);
var lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
var operations = 2.0 * Turns * Sums * lanes;
var peak = 0.0;
var kept = 0f;
for (var round = 0; round < 20; round++)
{
    var rates = new double[threads];
    using var start = new Barrier(threads);
    var workers = Enumerable.Range(0, threads).Select(worker => new Thread(() =>
    {
        start.SignalAndWait();
        var started = Stopwatch.GetTimestamp();
        kept += lanes == Vector512<float>.Count ? Loop512() : Loop256();
        rates[worker] = operations / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9;
    })).ToArray();
    Array.ForEach(workers, worker => worker.Start());
    Array.ForEach(workers, worker => worker.Join());
    peak = Math.Max(peak, rates.Sum());
}
Console.WriteLine(peak.ToString("F0", CultureInfo.InvariantCulture));
return float.IsNaN(kept) ? 1 : 0;

[MethodImpl(MethodImplOptions.AggressiveOptimization)]
static float Loop512()
{
    var x = Vector512.Create(0.999f);
    Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
    for (var turn = 0; turn < Turns; turn++)
    {
        a = Vector512.FusedMultiplyAdd(a, x, x);
        b = Vector512.FusedMultiplyAdd(b, x, x);
        c = Vector512.FusedMultiplyAdd(c, x, x);
        d = Vector512.FusedMultiplyAdd(d, x, x);
        e = Vector512.FusedMultiplyAdd(e, x, x);
        f = Vector512.FusedMultiplyAdd(f, x, x);
        g = Vector512.FusedMultiplyAdd(g, x, x);
        h = Vector512.FusedMultiplyAdd(h, x, x);
        i = Vector512.FusedMultiplyAdd(i, x, x);
        j = Vector512.FusedMultiplyAdd(j, x, x);
        k = Vector512.FusedMultiplyAdd(k, x, x);
        l = Vector512.FusedMultiplyAdd(l, x, x);
    }
    return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
}

[MethodImpl(MethodImplOptions.AggressiveOptimization)]
static float Loop256()
{
    var x = Vector256.Create(0.999f);
    Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
    for (var turn = 0; turn < Turns; turn++)
    {
        a = Vector256.FusedMultiplyAdd(a, x, x);
        b = Vector256.FusedMultiplyAdd(b, x, x);
        c = Vector256.FusedMultiplyAdd(c, x, x);
        d = Vector256.FusedMultiplyAdd(d, x, x);
        e = Vector256.FusedMultiplyAdd(e, x, x);
        f = Vector256.FusedMultiplyAdd(f, x, x);
        g = Vector256.FusedMultiplyAdd(g, x, x);
        h = Vector256.FusedMultiplyAdd(h, x, x);
        i = Vector256.FusedMultiplyAdd(i, x, x);
        j = Vector256.FusedMultiplyAdd(j, x, x);
        k = Vector256.FusedMultiplyAdd(k, x, x);
        l = Vector256.FusedMultiplyAdd(l, x, x);
    }
    return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
}
