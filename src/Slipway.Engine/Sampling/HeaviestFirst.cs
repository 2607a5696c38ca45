namespace Slipway.Engine.Sampling;

/// <summary>
/// Moves the heaviest candidates to the front without sorting the rest (Hoare 1961, quickselect): a flat distribution has
/// a hundred thousand candidates, and sorting them would take longer than a step of a small model.
/// </summary>
internal static class HeaviestFirst
{
    private const int SmallEnoughToSort = 64;

    /// <summary>Puts the <paramref name="count"/> heaviest first, sorted; returns how many there are.</summary>
    public static int TakeCount(Span<float> weights, Span<int> ids, int count)
    {
        if (count >= weights.Length)
        {
            Sort(weights, ids);
            return weights.Length;
        }
        Split(weights, ids, count, byCount: true);
        Sort(weights[..count], ids[..count]);
        return count;
    }

    /// <summary>Puts the heaviest first until together they weigh <paramref name="mass"/>; returns how many that takes.</summary>
    public static int TakeMass(Span<float> weights, Span<int> ids, double mass)
    {
        var (start, sum) = Split(weights, ids, mass, byCount: false);
        while (start < weights.Length && sum < mass)
        {
            sum += weights[start++];
        }
        return Math.Max(start, 1);
    }

    /// <summary>
    /// Narrows to the stretch in which the wanted measure is reached and sorts that stretch; all before it is heavier.
    /// Returns where the stretch begins and the measure of what lies before it.
    /// </summary>
    private static (int Start, double Measure) Split(Span<float> weights, Span<int> ids, double wanted, bool byCount)
    {
        var (start, end, measure) = (0, weights.Length, 0.0);
        while (end - start > SmallEnoughToSort)
        {
            var (heavier, equal, mass, equalMass) = Partition(weights[start..end], ids[start..end]);
            var (front, middle) = byCount ? (heavier, equal) : (mass, equalMass);
            if (measure + front >= wanted)
            {
                end = start + heavier;
            }
            else if (measure + front + middle >= wanted)
            {
                return (start + heavier, measure + front); // All of this stretch weigh the same.
            }
            else
            {
                start += heavier + equal;
                measure += front + middle;
            }
        }
        Sort(weights[start..end], ids[start..end]);
        return (start, measure);
    }

    /// <summary>Dijkstra's three-way partition around a median of three: heavier, equal, lighter.</summary>
    private static (int Heavier, int Equal, double Mass, double EqualMass) Partition(Span<float> weights, Span<int> ids)
    {
        var pivot = MedianOfThree(weights[0], weights[weights.Length / 2], weights[^1]);
        var (heavier, i, lighter, mass) = (0, 0, weights.Length, 0.0);
        while (i < lighter)
        {
            var weight = weights[i];
            if (weight > pivot)
            {
                mass += weight;
                Swap(weights, ids, heavier++, i++);
            }
            else if (weight < pivot)
            {
                Swap(weights, ids, i, --lighter);
            }
            else
            {
                i++;
            }
        }
        return (heavier, lighter - heavier, mass, (double)pivot * (lighter - heavier));
    }

    private static float MedianOfThree(float a, float b, float c) => MathF.Max(MathF.Min(a, b), MathF.Min(MathF.Max(a, b), c));

    private static void Swap(Span<float> weights, Span<int> ids, int i, int j)
    {
        (weights[i], weights[j]) = (weights[j], weights[i]);
        (ids[i], ids[j]) = (ids[j], ids[i]);
    }

    private static void Sort(Span<float> weights, Span<int> ids) => weights.Sort(ids, Comparer.Instance);

    private sealed class Comparer : IComparer<float>
    {
        public static readonly Comparer Instance = new();

        public int Compare(float x, float y) => y.CompareTo(x);
    }
}
